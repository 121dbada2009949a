import { render } from 'preact';
import { afterEach, beforeEach } from 'vitest';
import type { Answer } from '../../src/host';
import type { Ask, RunState } from '../../src/protocol';
import { RunView } from '../../src/view/run';

/** One view in the page, and what it asked of a kernel that answers with `value` or, where it is an Error, refuses. */
export class Page {
  el = document.createElement('div');
  asked: Ask[] = [];
  value: unknown = null;

  readonly ask = (ask: Ask): Promise<Answer> => {
    if (ask.name !== 'asset') this.asked.push(ask); // Plotly, for a figure
    return this.value instanceof Error
      ? Promise.reject(this.value)
      : Promise.resolve({ value: this.value, buffer: null });
  };

  async show(run: RunState, live = true): Promise<void> {
    render(<RunView run={run} host={{ live, ask: this.ask }} line="" />, this.el);
    await drawn();
  }

  async click(label: string, within: Element = this.el): Promise<void> {
    const button = [...within.querySelectorAll('button')].find((each) => each.textContent === label);
    if (button === undefined) throw new Error(`no button ${label}`);
    button.click();
    await drawn();
  }

  /** Puts a text into a field, or chooses it, as a person does. */
  async put(selector: string, text: string, ...keys: KeyboardEventInit[]): Promise<void> {
    const field = this.el.querySelector<HTMLInputElement>(selector);
    if (field === null) throw new Error(`no field ${selector}`);
    field.value = text;
    field.dispatchEvent(new Event(field.tagName === 'SELECT' ? 'change' : 'input', { bubbles: true }));
    await drawn();
    for (const key of keys) field.dispatchEvent(new KeyboardEvent('keydown', { bubbles: true, ...key }));
    await drawn();
  }
}

export const after = (ms: number) => new Promise((done) => setTimeout(done, ms));
export const drawn = () => after(30);

/** The page of each test, new for every one. */
export function pageOfEachTest(): Page {
  const page = new Page();
  beforeEach(() => {
    page.el = document.createElement('div');
    document.body.append(page.el);
    page.asked = [];
    page.value = null;
  });
  afterEach(() => {
    render(null, page.el);
    page.el.remove();
  });
  return page;
}
