import { useLayoutEffect, useRef } from 'preact/hooks';

const BLOCK_CHARS = 2_000; // the browser lays out only the last block anew
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
  let last = el.lastElementChild;
  for (const piece of pieces(text)) {
    const isFull = last?.textContent?.endsWith('\n') && last.textContent.length > BLOCK_CHARS;
    if (last === null || isFull) {
      last = document.createElement('div');
      el.append(last);
    }
    last.append(piece);
  }
}

/** Lines with their ends, in pieces of about a block: a new block may begin after each. */
function* pieces(text: string): Generator<string> {
  let start = 0;
  while (start < text.length) {
    const newline = text.indexOf('\n', start + BLOCK_CHARS);
    const end = newline < 0 ? text.length : newline + 1;
    yield text.slice(start, end);
    start = end;
  }
}
