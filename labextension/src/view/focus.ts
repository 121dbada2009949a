import type { RefObject } from 'preact';
import { useLayoutEffect } from 'preact/hooks';

/** When a card that holds the focus goes away, what is around it takes the focus: it is not lost to the page. */
export function useFocusHandedOn(card: RefObject<HTMLElement | null>): void {
  useLayoutEffect(() => {
    const el = card.current;
    const heir =
      el?.closest<HTMLElement>('.rasgo-heir') ??
      el?.closest('.rasgo-step')?.querySelector<HTMLElement>('.rasgo-step-toggle');
    return () => {
      if (el?.contains(document.activeElement)) heir?.focus({ preventScroll: true });
    };
  }, [card]);
}
