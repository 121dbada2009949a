const MARK = 'data-lm-suppress-shortcuts'; // Lumino leaves the keys of elements below it alone
const OURS = new Set(['Enter', ' ', 'Escape', 'Tab', 'ArrowUp', 'ArrowDown', 'ArrowLeft', 'ArrowRight']);

/**
 * Keeps JupyterLab's command mode away from the keys that a focused button, link or field of ours takes.
 *
 * All others (save, run) go on to the notebook. Lumino listens on the document as the key goes down, so the mark is set
 * on the window, before it. Returns what ends it.
 */
export function letShortcutsRest(root: HTMLElement): () => void {
  const mark = (event: KeyboardEvent) => {
    if (!(event.target instanceof Element) || !root.contains(event.target)) return;
    root.toggleAttribute(MARK, isField(event.target) || OURS.has(event.key));
  };
  window.addEventListener('keydown', mark, true);
  return () => window.removeEventListener('keydown', mark, true);
}

const isField = (element: Element): boolean => element.matches('input, textarea, select');

/** Keeps a key that a field has taken from what listens around the view. */
export function keep(event: Event): void {
  event.stopPropagation();
}
