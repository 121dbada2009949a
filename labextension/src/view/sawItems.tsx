import { useEffect, useId, useRef, useState } from 'preact/hooks';
import type { SawCallState, SawItemState } from '../protocol';
import { LongText } from './longText';

interface ItemsProps {
  call: SawCallState;
  without: ReadonlySet<string>;
  /** Null where nothing can be left out. */
  choose: ((item: string, isLeftOut: boolean) => void) | null;
}

/** What one call was sent, item by item: each opens to its exact text. */
export function Items({ call, without, choose }: ItemsProps) {
  const most = Math.max(1, ...call.items.map((item) => item.tokens));
  return (
    <div class="rasgo-scroll" tabIndex={0} role="region" aria-label={`Items of call ${call.id}`}>
      <table class="rasgo-table rasgo-items">
        <thead>
          <tr>
            {choose && (
              <th scope="col">
                <span class="rasgo-unseen">Leave out</span>
              </th>
            )}
            <th scope="col" class="rasgo-kind">
              Kind
            </th>
            <th scope="col">What</th>
            <th scope="col" class="rasgo-right">
              Tokens
            </th>
            <th scope="col">Data in it</th>
          </tr>
        </thead>
        <tbody>
          {call.items.map((item, i) => (
            <Item
              key={i}
              item={item}
              share={item.tokens / most}
              isLeftOut={without.has(item.id)}
              choose={choose}
            />
          ))}
        </tbody>
      </table>
    </div>
  );
}

interface ItemProps {
  item: SawItemState;
  /** Its tokens, of those of the largest item. */
  share: number;
  isLeftOut: boolean;
  choose: ItemsProps['choose'];
}

function Item({ item, share, isLeftOut, choose }: ItemProps) {
  const id = useId();
  const [isOpen, setOpen] = useState(false);
  const text = useRef<HTMLTableRowElement>(null);
  useEffect(() => {
    if (isOpen) text.current?.scrollIntoView({ block: 'nearest' });
  }, [isOpen]);
  return (
    <>
      <tr class={isLeftOut ? 'rasgo-left-out' : ''}>
        {choose && (
          <td>
            {item.removable && (
              <input
                type="checkbox"
                class="rasgo-choice"
                aria-label={`Leave out ${item.title}`}
                checked={isLeftOut}
                onChange={(event) => choose(item.id, event.currentTarget.checked)}
              />
            )}
          </td>
        )}
        <td class="rasgo-quiet rasgo-kind">{item.kind}</td>
        <td class="rasgo-item-title">
          <button
            type="button"
            class="rasgo-link"
            aria-expanded={isOpen}
            aria-controls={id}
            onClick={() => setOpen(!isOpen)}
          >
            {item.title}
          </button>
        </td>
        <td class="rasgo-right rasgo-figures">
          {item.tokens.toLocaleString('en-US')}
          <span class="rasgo-tokens" aria-hidden="true" style={{ width: `${Math.round(share * 48)}px` }} />
        </td>
        <td class="rasgo-receipt">{item.receipt}</td>
      </tr>
      <tr id={id} ref={text} hidden={!isOpen}>
        {isOpen && (
          <td colSpan={choose ? 5 : 4}>
            <LongText text={item.text} label={`Text of ${item.title}`} />
          </td>
        )}
      </tr>
    </>
  );
}
