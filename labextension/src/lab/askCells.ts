/** Reading and writing cells that ask. No JupyterLab in here. */

const ASKS = /^\s*%%ask(?=\s|$)/;
const MAX_ERROR = 2_000;
const MAX_SOURCE = 6_000;

/** Whether a cell asks a question. */
export function isAskCell(source: string): boolean {
  return ASKS.test(source);
}

/** Whether a cell has to do with rasgo_nb, so that its kernel may well have it. */
export function isAboutRasgo(source: string): boolean {
  return isAskCell(source) || source.includes('rasgo');
}

/** What stands behind `%%ask` in its line. */
export function flagsOf(source: string): string {
  return (/^\s*%%ask([^\n]*)/.exec(source)?.[1] ?? '').trim();
}

/** Whether a cell goes on from a step with code of another language in its body. */
export function hasCode(source: string): boolean {
  return flagsOf(source).includes('--from-step');
}

const PART = String.raw`(?:[\p{L}_][\p{L}\p{N}_]*|"(?:[^"\n]|"")*")`;
const TYPED = new RegExp(
  String.raw`(?<![\p{L}\p{N}_@])@((?:${PART}\.){0,3}(?:[\p{L}_][\p{L}\p{N}_]*|"(?:[^"\n]|"")*"?)?)$`,
  'u',
);

/** What stands behind the @ at the end of a text; null where no @name is being typed there. */
export function typedMention(text: string): string | null {
  const line = text.slice(text.lastIndexOf('\n') + 1).slice(-400);
  return TYPED.exec(line)?.[1] ?? null;
}

export interface CellError {
  ename: string;
  evalue: string;
}

/** A cell that asks about an error of another. */
export function askAbout(error: CellError, source: string): string {
  const said = cut(`${error.ename}: ${error.evalue}`.trim(), MAX_ERROR);
  return [
    '%%ask',
    'This cell failed. Why, and how do I mend it?',
    '',
    fenced(cut(source, MAX_SOURCE), 'python'),
    '',
    'The error:',
    '',
    fenced(said, ''),
    '',
  ].join('\n');
}

/** Without the colours that a terminal has. */
function plain(text: string): string {
  // eslint-disable-next-line no-control-regex
  return text.replace(/\u001b\[[0-9;]*m/g, '');
}

function cut(text: string, most: number): string {
  const whole = plain(text);
  if (whole.length <= most) return whole;
  const end = /[\uD800-\uDBFF]/.test(whole[most - 1]) ? most - 1 : most;
  return `${whole.slice(0, end)}\n… (${(whole.length - end).toLocaleString('en')} more characters)`;
}

/** Between fences that are longer than any within. */
function fenced(text: string, language: string): string {
  const longest = Math.max(2, ...Array.from(text.matchAll(/`+/g), ([ticks]) => ticks.length));
  const fence = '`'.repeat(longest + 1);
  return `${fence}${language}\n${text}\n${fence}`;
}

/** What was interrupted, and questions that no model could answer: asking again explains nothing. */
const OF_RUNS = new Set([
  'KeyboardInterrupt',
  'Stopped',
  'ModelFailed',
  'ModelUnavailable',
  'ContextOverflow',
  'LimitReached',
]);

export function isWorthAsking(ename: string): boolean {
  return ename !== '' && !OF_RUNS.has(ename);
}
