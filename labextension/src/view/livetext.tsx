import { useLayoutEffect, useRef } from 'preact/hooks';

// The browser lays out only the last block anew. A block ends with a line; a very long line is broken at a space.
const BLOCK_CHARS = 2_000;
const LONG_CHARS = 4_000;
const MOST_CHARS = 8_000;
const NEAR_END_PX = 24;

/**
 * Text that grows: what is new is appended, nothing that stands is drawn again.
 *
 * Follows the end of the text unless the person scrolled away from it.
 */
export function LiveText({ text }: { text: string }) {
  const box = useRef<HTMLDivElement>(null);
  const shown = useRef('');
  useLayoutEffect(() => {
    const el = box.current;
    if (el === null || text === shown.current) return;
    const follows = el.scrollHeight - el.scrollTop - el.clientHeight < NEAR_END_PX;
    if (!text.startsWith(shown.current)) {
      el.replaceChildren();
      shown.current = '';
    }
    append(el, text.slice(shown.current.length));
    shown.current = text;
    if (follows) el.scrollTop = el.scrollHeight;
  }, [text]);
  return <div class="rasgo-livetext" ref={box} />;
}

function append(el: HTMLElement, text: string): void {
  for (let rest = text; rest !== '';) {
    const block = el.lastElementChild ?? el.appendChild(document.createElement('div'));
    const end = endOfBlock(rest, block.textContent?.length ?? 0);
    block.append(rest.slice(0, end ?? rest.length));
    if (end === null) return;
    el.append(document.createElement('div'));
    rest = rest.slice(end);
  }
}

/** Where a block that holds so many characters ends in what follows; null where it takes all of it. */
function endOfBlock(text: string, held: number): number | null {
  const after = (mark: string, chars: number) => text.indexOf(mark, Math.max(0, chars - held)) + 1;
  const ends = [after('\n', BLOCK_CHARS), after(' ', LONG_CHARS), MOST_CHARS - held].filter((end) => end > 0);
  const end = Math.min(...ends, Infinity);
  return end <= text.length ? end : null;
}
