import type { AnyModel, Experimental, Host } from '@anywidget/types';
import { afterEach, expect, test } from 'vitest';
import type { PageMessage, Snapshot } from '../../src/protocol';
import widget from '../../src/widget';
import { aRun } from './makers';

/** The widget's model as anywidget hands it on: what was sent, and who listens. */
class Model {
  readonly sent: PageMessage[] = [];
  readonly listeners = new Map<string, ((...what: unknown[]) => void)[]>();

  constructor(private readonly first: Snapshot) {}

  get = (name: string) => (name === 'first' ? this.first : undefined);
  send = (message: PageMessage) => void this.sent.push(message);
  on = (name: string, listener: () => void) =>
    void this.listeners.set(name, [...(this.listeners.get(name) ?? []), listener]);
  off = (name: string, listener: () => void) =>
    void this.listeners.set(
      name,
      (this.listeners.get(name) ?? []).filter((other) => other !== listener),
    );
  listening = () => [...this.listeners.values()].flat().length;
}

const experimental = null as unknown as Experimental;
const host = null as unknown as Host;
const { signal } = new AbortController();
const drawn = () => new Promise((done) => setTimeout(done, 30));

async function opened() {
  const model = new Model({ kind: 'snapshot', to: '', seq: 0, run: aRun() });
  const { initialize, render } = widget();
  const props = { model: model as unknown as AnyModel, signal, experimental };
  const close = (await initialize(props)) as () => void;
  const el = document.createElement('div');
  const erase = (await render({ ...props, el, host })) as () => void;
  await drawn();
  return { model, el, close, erase };
}

afterEach(() => {
  delete document.documentElement.dataset.rasgoLab;
});

test('a page is drawn from the first state and greets the kernel', async () => {
  const { model, el, close } = await opened();
  expect(el.textContent).toContain('Which carrier was late most often');
  expect(model.sent).toEqual([{ kind: 'hello', page: expect.stringMatching(/^widget:.+/) as string }]);
  close();
});

test('a page with our labextension says so in its name', async () => {
  document.documentElement.dataset.rasgoLab = '';
  const { model, close } = await opened();
  expect(model.sent[0].page).toMatch(/^lab:.+/);
  close();
});

test('a closed widget leaves nothing in the page and listens to nothing', async () => {
  const { model, el, close, erase } = await opened();
  erase();
  close();
  expect([el.childNodes.length, model.listening()]).toEqual([0, 0]);
});
