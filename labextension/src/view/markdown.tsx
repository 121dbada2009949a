import MarkdownIt from 'markdown-it';
import { useMemo } from 'preact/hooks';
import { highlighted } from './highlight';

/** Characters; a longer text is shown as it is. */
export const MAX_MARKDOWN = 100_000;

const markdown = MarkdownIt({
  html: false,
  linkify: false,
  breaks: false,
  maxNesting: 20,
  highlight: (code, language) => highlighted(code, language),
}).disable('image');
markdown.validateLink = (url) => /^https?:\/\//i.test(url.trim());
markdown.renderer.rules.link_open = (tokens, index, options, _env, self) => {
  tokens[index].attrSet('target', '_blank');
  tokens[index].attrSet('rel', 'noopener noreferrer');
  return self.renderToken(tokens, index, options);
};

/** Markdown without HTML, without pictures, with links to the web only. */
export function markdownHtml(text: string): string {
  return markdown.render(text);
}

export function Markdown({ text }: { text: string }) {
  const html = useMemo(() => (text.length > MAX_MARKDOWN ? null : markdownHtml(text)), [text]);
  if (html === null) return <pre class="rasgo-printed">{text}</pre>;
  return <div class="rasgo-markdown" dangerouslySetInnerHTML={{ __html: html }} />;
}
