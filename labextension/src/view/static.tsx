import { render } from 'preact';
import type { RunState } from '../protocol';
import { NOBODY } from './context';
import { RunView } from './run';

/**
 * Draws a saved run into an element, with nobody to ask; the returned function takes it away.
 *
 * Called again for the same element it draws the new state there; what the person opened stays open.
 */
export function renderStatic(el: HTMLElement, state: RunState): () => void {
  render(<RunView run={{ ...state, live: false }} host={NOBODY} line="" />, el);
  return () => render(null, el);
}
