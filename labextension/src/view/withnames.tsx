import { visible } from './text';

/** A sentence in which `names` are set as code, and hidden characters spelt out. */
export function WithNames({ text }: { text: string }) {
  const parts = visible(text).split('`');
  return <>{parts.map((part, i) => (i % 2 === 1 ? <code key={i}>{part}</code> : part))}</>;
}
