/** Characters that change how the rest of a line reads, or do not show at all; tabs and line ends are fine. */
const HIDDEN = /(?![\t\n\r])[\p{Cc}\p{Cf}\u2028\u2029]/gu;
// eslint-disable-next-line no-control-regex
const ANSI = /\u001b\[[0-9;?]*[ -/]*[@-~]/g;

const MAX_HEADING = 500; // characters

/** The text with every hidden character spelt out, for what a person approves by reading it. */
export function visible(text: string): string {
  return text.replace(
    HIDDEN,
    (char) => `⟨U+${(char.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}⟩`,
  );
}

/** The text without a terminal's colours. */
export const withoutColours = (text: string): string => text.replace(ANSI, '');

/** "12 ms" or "3.4 s", as the saved twin has it; empty for nothing. */
export function seconds(elapsed_s: number): string {
  if (!(elapsed_s > 0)) return '';
  return elapsed_s < 1 ? `${(elapsed_s * 1000).toFixed(0)} ms` : `${elapsed_s.toFixed(1)} s`;
}

/** A Markdown text without what a heading of its `firstLine` says already. */
export function afterFirstLine(text: string): string {
  const [line = '', next, ...more] = text.trim().split('\n');
  const isSaid = line.length <= MAX_HEADING && !/\]\(|^```|^\|/.test(line) && !next?.trim();
  return isSaid ? more.join('\n').trim() : text.trim();
}

/** The first line of a Markdown text without its marks, for a heading. */
export function firstLine(text: string): string {
  const line = text.trim().split('\n', 1)[0] ?? '';
  return line
    .replace(/^(#+|[-*>]|\d+\.)\s+/, '')
    .replace(/!?\[([^\]]*)\]\([^)\s]*\)/g, '$1')
    .replace(/[*`]+/g, '')
    .slice(0, MAX_HEADING);
}
