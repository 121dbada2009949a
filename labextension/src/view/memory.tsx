import { useLayoutEffect, useRef } from 'preact/hooks';
import type { MemoryState, Scope } from '../protocol';
import { keep } from './keys';

/** What appears under the pointer takes no click for so long. */
export const RIPE_MS = 400;

export const SCOPES: Record<Scope, string> = {
  me: 'me',
  notebook: 'this notebook',
  connection: 'this connection',
  team: 'the team',
};

/** Whether what is shown now has been so for a moment; `shown` is what it depends on. */
export function useRipe(shown: unknown): () => boolean {
  const since = useRef(Infinity);
  useLayoutEffect(() => {
    since.current = performance.now();
  }, [shown]);
  return () => performance.now() - since.current >= RIPE_MS;
}

/** Who said it, when, and for whom it is kept. */
export const factsOf = (memory: MemoryState): string[] =>
  [memory.author, memory.date, `for ${SCOPES[memory.scope]}`].filter(Boolean);

interface ScopeProps {
  scope: Scope;
  isBusy: boolean;
  onChange: (scope: Scope) => void;
}

export function ScopeSelect({ scope, isBusy, onChange }: ScopeProps) {
  return (
    <label class="rasgo-labelled rasgo-quiet">
      for
      <select
        class="rasgo-field"
        disabled={isBusy}
        value={scope}
        onChange={(event) => onChange(event.currentTarget.value as Scope)}
        onKeyDown={keep}
      >
        {Object.entries(SCOPES).map(([value, words]) => (
          <option key={value} value={value}>
            {words}
          </option>
        ))}
      </select>
    </label>
  );
}

interface TextProps {
  label: string;
  text: string;
  isBusy: boolean;
  onInput: (text: string) => void;
  onCancel: () => void;
}

/** A field for some sentences; takes the focus, as a click brought it. Enter makes a line, Escape cancels. */
export function TextField({ label, text, isBusy, onInput, onCancel }: TextProps) {
  const field = useRef<HTMLTextAreaElement>(null);
  useLayoutEffect(() => field.current?.focus({ preventScroll: true }), []);
  return (
    <textarea
      ref={field}
      class="rasgo-field rasgo-sentences"
      aria-label={label}
      placeholder={label}
      data-lm-suppress-shortcuts="true"
      readOnly={isBusy}
      rows={Math.min(12, Math.max(2, text.split('\n').length))}
      value={text}
      onInput={(event) => onInput(event.currentTarget.value)}
      onKeyDown={(event) => {
        keep(event);
        if (event.key === 'Escape') onCancel();
      }}
    />
  );
}
