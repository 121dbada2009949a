import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Change, KernelMessage, PageMessage, Snapshot } from '../../src/protocol';
import { Store, type Channel } from '../../src/view/store';
import { aRun, aStep } from './makers';

const run = aRun({ steps: [aStep(1, { status: 'writing' })] });

/** The other end of a store's way: what it was sent, and a mouth. */
class Kernel implements Channel {
  readonly heard: PageMessage[] = [];
  say: (message: KernelMessage | null, buffers?: DataView[]) => void = () => {};

  constructor(private readonly begin: Snapshot | null = null) {}

  first = () => this.begin;
  send = (message: PageMessage) => void this.heard.push(message);
  listen: Channel['listen'] = (heard) => {
    this.say = (message, buffers = []) => heard(message, buffers);
    return () => {
      this.say = () => {};
    };
  };

  hellos = () => this.heard.filter(({ kind }) => kind === 'hello').length;
  snapshot = (seq: number, to = 'p') => this.say({ kind: 'snapshot', to, seq, run });
  update = (seq: number, ...changes: Change[]) => this.say({ kind: 'update', seq, changes });
}

const says = (at: number, text: string): Change => ({ op: 'text', number: 1, field: 'text', at, text });

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test('a page says hello each second until its snapshot comes', () => {
  const kernel = new Kernel();
  const store = new Store('p', kernel);
  vi.advanceTimersByTime(2_500);
  expect(kernel.hellos()).toBe(3);
  kernel.snapshot(4);
  vi.advanceTimersByTime(60_000);
  expect(kernel.hellos()).toBe(3);
  expect(store.shown).toMatchObject({ link: 'open', run, host: { live: true } });
});

test('a snapshot for another page is left alone', () => {
  const kernel = new Kernel();
  const store = new Store('p', kernel);
  kernel.snapshot(4, 'q');
  expect(store.shown).toMatchObject({ link: 'opening', run: null });
});

test('updates are applied in order, and one that came twice only once', () => {
  const kernel = new Kernel();
  const store = new Store('p', kernel);
  kernel.snapshot(4);
  kernel.update(5, says(0, 'one '));
  kernel.update(5, says(0, 'one '));
  kernel.update(6, says(4, 'two'));
  expect(store.shown.run?.steps[0].text).toBe('one two');
});

test.each([
  ['a missed update', 6, 0],
  ['a piece that does not join', 5, 3],
])('after %s the page asks for a snapshot and keeps what it shows', (_, seq, at) => {
  const kernel = new Kernel();
  const store = new Store('p', kernel);
  kernel.snapshot(4);
  const { host } = store.shown;
  kernel.update(seq, says(at, 'x'));
  expect([kernel.hellos(), store.shown.link, store.shown.run]).toEqual([2, 'opening', run]);
  expect(store.shown.host).toBe(host);
  kernel.snapshot(9);
  kernel.update(10, says(0, 'on'));
  expect([store.shown.link, store.shown.run?.steps[0].text]).toEqual(['open', 'on']);
});

test('a kernel that says nothing is told as silent, and asked now and then', () => {
  const kernel = new Kernel();
  const store = new Store('p', kernel);
  vi.advanceTimersByTime(65_000);
  expect(store.shown.link).toBe('silent');
  expect(kernel.hellos()).toBeLessThan(15);
  kernel.snapshot(0);
  expect(store.shown.link).toBe('open');
});

test('a kernel that speaks but does not hear is followed from the first state', () => {
  const kernel = new Kernel({ kind: 'snapshot', to: '', seq: 0, run });
  const store = new Store('p', kernel);
  vi.advanceTimersByTime(9_000);
  kernel.update(1, says(0, 'still here'));
  expect(store.shown).toMatchObject({ link: 'deaf', host: { live: false } });
  expect(store.shown.run?.steps[0].text).toBe('still here');
  kernel.snapshot(1);
  expect(store.shown).toMatchObject({ link: 'open', host: { live: true } });
  expect(store.shown.run?.steps[0].text).toBe('still here');
});

test('each request gets its own reply, with its buffer', async () => {
  const kernel = new Kernel();
  const store = new Store('p', kernel);
  kernel.snapshot(0);
  const stop = store.shown.host.ask({ name: 'stop' });
  const asset = store.shown.host.ask({ name: 'asset', asset: 'plotly' });
  const bytes = new DataView(new ArrayBuffer(2));
  kernel.say({ kind: 'reply', to: 'q', id: 1, ok: false, error: 'not yours' });
  kernel.say({ kind: 'reply', to: 'p', id: 2, ok: true, value: null }, [bytes]);
  kernel.say({ kind: 'reply', to: 'p', id: 1, ok: false, error: 'The run is over.' });
  await expect(asset).resolves.toEqual({ value: null, buffer: bytes });
  await expect(stop).rejects.toThrow('The run is over.');
});

test('a request without a reply ends with a line', async () => {
  const kernel = new Kernel();
  const store = new Store('p', kernel);
  kernel.snapshot(0);
  const stop = expect(store.shown.host.ask({ name: 'stop' })).rejects.toThrow('did not answer within 5 s');
  vi.advanceTimersByTime(5_000);
  await stop;
});

test('after a request without a reply the kernel is greeted, and known as silent if it is', () => {
  const kernel = new Kernel();
  const store = new Store('p', kernel);
  kernel.snapshot(0);
  store.shown.host.ask({ name: 'stop' }).catch(() => {});
  vi.advanceTimersByTime(5_000);
  expect([kernel.hellos(), store.shown.link]).toEqual([2, 'open']);
  vi.advanceTimersByTime(10_000);
  expect(store.shown).toMatchObject({ link: 'silent', host: { live: false } });
});

test('a closed store sends nothing more and leaves no request open', async () => {
  const kernel = new Kernel();
  const store = new Store('p', kernel);
  kernel.snapshot(0);
  const stop = expect(store.shown.host.ask({ name: 'stop' })).rejects.toThrow('The view was closed.');
  store.dispose();
  await stop;
  const sent = kernel.heard.length;
  vi.advanceTimersByTime(60_000);
  expect([kernel.heard.length, vi.getTimerCount()]).toEqual([sent, 0]);
});

test('a comm that opened again is greeted again', () => {
  const kernel = new Kernel();
  const store = new Store('p', kernel);
  kernel.snapshot(7);
  kernel.say(null);
  kernel.snapshot(0); // a kernel that counts from the start
  kernel.update(1, says(0, 'anew'));
  expect([kernel.hellos(), store.shown.run?.steps[0].text]).toEqual([2, 'anew']);
});
