import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { IRenderMime } from '@jupyterlab/rendermime-interfaces';
import { WidgetFactory } from './factory';

const factory = (): IRenderMime.IRendererFactory => ({ safe: false, mimeTypes: [], createRenderer: vi.fn() });

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function registry() {
  const held: { factory?: IRenderMime.IRendererFactory } = { factory: factory() };
  return { held, widgets: new WidgetFactory({ getFactory: () => held.factory }) };
}

test('who watches hears when the placeholder is replaced, once', () => {
  const { held, widgets } = registry();
  const heard = vi.fn();
  widgets.watch(heard);
  held.factory = factory();
  vi.advanceTimersByTime(2_000);
  expect(heard).toHaveBeenCalledOnce();
});

test('a change that nobody watched is no news', () => {
  const { held, widgets } = registry();
  widgets.watch(vi.fn())();
  held.factory = factory();
  const heard = vi.fn();
  widgets.watch(heard);
  vi.advanceTimersByTime(2_000);
  expect(heard).not.toHaveBeenCalled();
});

test('with nobody watching nothing is asked', () => {
  const { widgets } = registry();
  const [first, second] = [widgets.watch(vi.fn()), widgets.watch(vi.fn())];
  first();
  expect(vi.getTimerCount()).toBe(1);
  second();
  expect(vi.getTimerCount()).toBe(0);
});
