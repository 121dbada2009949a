import type { ComponentChildren } from 'preact';
import { useErrorBoundary } from 'preact/hooks';

/** A card that cannot be drawn, as one saved by another version may be, says so and takes no other with it. */
export function Guarded({ children }: { children: ComponentChildren }) {
  const [error] = useErrorBoundary() as [Error | undefined, () => void];
  if (error !== undefined) return <p class="rasgo-quiet">This card cannot be drawn here: {String(error)}</p>;
  return <>{children}</>;
}
