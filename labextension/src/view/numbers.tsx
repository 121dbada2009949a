import { useMemo, useRef, useState } from 'preact/hooks';
import type { NumberState } from '../protocol';
import { useView } from './context';
import { Markdown, MAX_MARKDOWN, markdownHtml } from './markdown';
import { dressed, lettered } from './marks';

const SAID: Record<NumberState['how'], string> = {
  found: 'stands in a result',
  derived: 'made of values of results',
  asked: 'from the question',
  counted: 'counted in a result',
  unverified: 'found in no result of this run',
};

interface Tip {
  number: number;
  left: number;
  top: number;
}

/** The answer's Markdown, each of its numbers leading to where it comes from. */
export function NumberedMarkdown({ text, numbers }: { text: string; numbers: NumberState[] }) {
  const html = useMemo(() => numberedHtml(text, numbers), [text, numbers]);
  if (html === null) return <Markdown text={text} />;
  return <Numbered html={html} numbers={numbers} />;
}

/** The HTML of a Markdown text with its numbers marked; null where there is none to mark. */
export function numberedHtml(text: string, numbers: NumberState[]): string | null {
  if (numbers.length === 0 || text.length > MAX_MARKDOWN) return null;
  return dressed(markdownHtml(lettered(text, numbers)), (shown, place, isFirst) =>
    element(shown, numbers[place], place, isFirst),
  );
}

export const saidOf = ({ how, said, step }: NumberState): string => {
  const words = said || SAID[how];
  if (how === 'unverified') return `Unverified: ${words}`;
  return step > 0 && !/\bsteps? \d/.test(words) ? `${words}, step ${step}` : words;
};

function element(shown: string, number: NumberState | undefined, place: number, isFirst: boolean): string {
  if (number === undefined) return shown;
  const isLink = number.step > 0;
  const canFocus = isFirst && (isLink || number.how === 'unverified');
  const name = `${number.text.replace(/[*_\\]/g, '')}, ${saidOf(number)}`;
  const role = isLink ? 'button' : 'note';
  const access = canFocus ? ` tabindex="0" role="${role}" aria-label="${attribute(name)}"` : '';
  const looks = `rasgo-traced rasgo-how-${number.how}${isLink ? ' rasgo-leads' : ''}`;
  return `<span class="${looks}" data-number="${place}"${access}>${shown}</span>`;
}

function attribute(text: string): string {
  return text.replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`);
}

function Numbered({ html, numbers }: { html: string; numbers: NumberState[] }) {
  const { showNumber } = useView();
  const box = useRef<HTMLDivElement>(null);
  const [tip, setTip] = useState<Tip | null>(null);

  const show = (event: Event) => {
    const el = numberAt(event);
    setTip(el === null || box.current === null ? null : tipBelow(el, box.current));
  };
  const follow = (event: Event) => {
    const el = numberAt(event);
    const number = el === null ? undefined : numbers[Number(el.dataset.number)];
    if (number === undefined || number.step === 0) return;
    event.preventDefault();
    setTip(null);
    showNumber(number);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === 'Escape') setTip(null);
    if (event.key === 'Enter' || event.key === ' ') follow(event);
  };
  const content = useMemo(
    () => <div class="rasgo-markdown" dangerouslySetInnerHTML={{ __html: html }} />,
    [html],
  );
  return (
    <div
      class="rasgo-numbered"
      ref={box}
      onMouseOver={show}
      onMouseLeave={() => setTip(null)}
      onFocusIn={show}
      onFocusOut={() => setTip(null)}
      onClick={follow}
      onKeyDown={onKeyDown}
    >
      {content}
      {tip && numbers[tip.number] && (
        <span class="rasgo-tip" role="tooltip" style={{ left: `${tip.left}px`, top: `${tip.top}px` }}>
          {saidOf(numbers[tip.number])}
        </span>
      )}
    </div>
  );
}

const numberAt = ({ target }: Event): HTMLElement | null =>
  target instanceof Element ? target.closest<HTMLElement>('.rasgo-traced') : null;

const TIP_PX = 240; // that a tip may need to its right

/** Right below the number, within the width of the text. */
function tipBelow(el: HTMLElement, box: HTMLElement): Tip {
  const [at, around] = [el.getBoundingClientRect(), box.getBoundingClientRect()];
  const left = Math.max(0, Math.min(at.left - around.left, around.width - TIP_PX));
  return { number: Number(el.dataset.number), left, top: at.bottom - around.top + 2 };
}
