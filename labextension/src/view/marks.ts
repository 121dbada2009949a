import type { NumberState } from '../protocol';

// Private letters stand around each number while Markdown is read: they are neither space nor punctuation, so that
// they change nothing of how it is read. The one that begins a number also says which it is.
const END = '\uE000';
const FIRST = 0xe001;
const MOST = 6_000;
const PRIVATE = /[\uE000-\uF8FF]/g;
const ENCODED = /%(?:EE%[89AB][0-9A-F]|EF%(?:[89][0-9A-F]|A[0-3]))%[89AB][0-9A-F]/gi; // in addresses
const PIECES = /<[^>]*>|[\uE000-\uF8FF]|[^<\uE000-\uF8FF]+|</g;

/** The Markdown with letters around its numbers; letters of its own that mean the same are taken out. */
export function lettered(text: string, numbers: readonly NumberState[]): string {
  const pieces: string[] = [];
  let done = 0;
  numbers.slice(0, MOST).forEach((number, i) => {
    const end = number.at + number.text.length;
    if (number.at < done || text.slice(number.at, end) !== number.text || isListMark(text, number)) return;
    pieces.push(plain(text.slice(done, number.at)), String.fromCharCode(FIRST + i), plain(number.text), END);
    done = end;
  });
  return [...pieces, plain(text.slice(done))].join('');
}

/** What a number looks like: a piece of its HTML, which number it is, whether the first piece, whether in a link. */
type Dress = (html: string, number: number, isFirst: boolean, isInLink: boolean) => string;

/** The HTML of lettered Markdown with each number dressed by `dress`; code stays as it is. */
export function dressed(html: string, dress: Dress): string {
  let open: number | null = null;
  let isFirst = true;
  let [shields, links] = [0, 0]; // elements around that keep their text as it is, and links around
  const pieces = html.match(PIECES) ?? [];
  return pieces
    .map((piece) => {
      if (piece === END) open = null;
      else if (PRIVATE_LETTER.test(piece)) [open, isFirst] = [piece.charCodeAt(0) - FIRST, true];
      else if (piece.startsWith('<')) {
        if (/^<(code|pre)\b/.test(piece)) shields += 1;
        else if (/^<\/(code|pre)>/.test(piece)) shields -= 1;
        else if (/^<a\b/.test(piece)) links += 1;
        else if (piece === '</a>') links -= 1;
        else if (/^<\/(p|li|td|th|h\d)>/.test(piece)) open = null; // a letter without its partner
        return plain(piece).replace(ENCODED, '');
      } else if (open !== null && shields === 0) {
        const look = dress(piece, open, isFirst, links > 0);
        isFirst = false;
        return look;
      } else return piece;
      return '';
    })
    .join('');
}

const PRIVATE_LETTER = /^[\uE001-\uF8FF]$/;

const plain = (text: string): string => text.replace(PRIVATE, '');

/** Where the letters would make other Markdown of it: the number of a list, `- 5`, `&#49;`. */
function isListMark(text: string, { at, text: number }: NumberState): boolean {
  const line = text.slice(text.lastIndexOf('\n', at - 1) + 1, at);
  const begins = /^[ >\t*+-]*$/.test(line);
  if (begins && (/^[-+*]\s/.test(number) || /^[.)]/.test(text.slice(at + number.length)))) return true;
  return /&#x?$/i.test(line);
}
