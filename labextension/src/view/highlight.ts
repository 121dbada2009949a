import hljs from 'highlight.js/lib/core';
import python from 'highlight.js/lib/languages/python';
import sql from 'highlight.js/lib/languages/sql';

const TOO_LONG = 50_000; // characters; shown without colours

hljs.registerLanguage('python', python);
hljs.registerLanguage('sql', sql);

/** Escaped HTML of code in colours; empty where the language is not ours or the code too long. */
export function highlighted(code: string, language: string): string {
  if (code.length > TOO_LONG || hljs.getLanguage(language) === undefined) return '';
  return hljs.highlight(code, { language, ignoreIllegals: true }).value;
}
