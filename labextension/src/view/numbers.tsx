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
  return dressed(markdownHtml(lettered(text, numbers)), (shown, place, isFirst, isInLink) => {
    const number = numbers[place];
    if (number === undefined) return shown;
    return isInLink ? inLink(shown, number, place, isFirst) : element(shown, number, place, isFirst);
  });
}

export const saidOf = ({ how, said, step }: NumberState): string => {
  const words = said || SAID[how];
  if (how === 'unverified') return `Unverified: ${words}`;
  return step > 0 && !/\bsteps? \d/.test(words) ? `${words}, step ${step}` : words;
};

function element(shown: string, number: NumberState, place: number, isFirst: boolean): string {
  const isLink = number.step > 0;
  const canFocus = isFirst && (isLink || number.how === 'unverified');
  const role = isLink ? 'button' : 'note';
  const access = canFocus ? ` tabindex="0" role="${role}" aria-label="${attribute(nameOf(number))}"` : '';
  const looks = `rasgo-traced rasgo-how-${number.how}${isLink ? ' rasgo-leads' : ''}`;
  return `<span class="${looks}" data-number="${place}"${access}>${shown}</span>`;
}

/** A number in a link says where it comes from, and the click remains the link's. */
function inLink(shown: string, number: NumberState, place: number, isFirst: boolean): string {
  const access = isFirst ? ` role="note" aria-label="${attribute(nameOf(number))}"` : '';
  return `<span class="rasgo-traced rasgo-how-${number.how}" data-number="${place}"${access}>${shown}</span>`;
}

const nameOf = (number: NumberState): string => `${number.text.replace(/[*_\\]/g, '')}, ${saidOf(number)}`;

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
    const number = el === null || el.closest('a') ? undefined : numbers[Number(el.dataset.number)];
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

/** The number that an event is of; of a focused link the first one in it. */
function numberAt({ target }: Event): HTMLElement | null {
  if (!(target instanceof Element)) return null;
  const own = target.closest<HTMLElement>('.rasgo-traced');
  return own ?? target.closest('a')?.querySelector<HTMLElement>('.rasgo-traced') ?? null;
}

const TIP_PX = 240; // that a tip may need to its right

/** Right below the number, within the width of the text. */
function tipBelow(el: HTMLElement, box: HTMLElement): Tip {
  const [at, around] = [el.getBoundingClientRect(), box.getBoundingClientRect()];
  const left = Math.max(0, Math.min(at.left - around.left, around.width - TIP_PX));
  return { number: Number(el.dataset.number), left, top: at.bottom - around.top + 2 };
}
