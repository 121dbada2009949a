import type { ChangesState, RowsState } from '../../protocol';
import { Rows } from './rows';

const WORDS: [keyof ChangesState, string][] = [
  ['new', 'new'],
  ['rebound', 'rebound'],
  ['mutated', 'changed in place'],
  ['deleted', 'deleted'],
  ['put_back', 'put back'],
];

/** The names that Python code bound or changed, and the value of its last line. */
export function Changes({ changes, value }: { changes: ChangesState; value: RowsState | null }) {
  const groups = WORDS.filter(([kind]) => changes[kind].length > 0);
  return (
    <>
      {groups.length > 0 && (
        <p class="rasgo-changes">
          {groups.map(([kind, word]) => (
            <span key={kind} class="rasgo-change">
              <span class="rasgo-quiet">{word}</span>
              {changes[kind].map((name, i) => (
                <span key={i} class={`rasgo-chip rasgo-chip-${kind}`}>
                  {name}
                </span>
              ))}
            </span>
          ))}
        </p>
      )}
      {value && <Rows rows={value} />}
    </>
  );
}
