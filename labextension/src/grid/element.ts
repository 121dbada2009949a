import { RegularTableElement } from 'regular-table';

const TAG = 'rasgo-rows'; // a name of our own: another extension may bring another version of the library

/** The library's element. */
export function createElement(): RegularTableElement {
  if (customElements.get(TAG) === undefined) customElements.define(TAG, class extends RegularTableElement {});
  return document.createElement(TAG) as RegularTableElement;
}

/** The class under which the library keeps this element's widths. */
export function scopeOf(element: RegularTableElement): string | undefined {
  const names = Array.from(element.querySelector('table')?.classList ?? []);
  return names.find((name) => name.startsWith('rt-scope-'));
}

/** The library leaves its style sheet of widths with the document. */
export function dropWidthSheet(scope: string | undefined, root: Document | ShadowRoot): void {
  const isOther = (sheet: CSSStyleSheet): boolean => {
    const rule = sheet.cssRules[0];
    return !(rule instanceof CSSStyleRule && rule.selectorText.startsWith(`.${scope} `));
  };
  root.adoptedStyleSheets = root.adoptedStyleSheets.filter(isOther);
}
