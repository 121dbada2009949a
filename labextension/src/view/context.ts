import { createContext } from 'preact';
import { useContext, useEffect, useRef, useState } from 'preact/hooks';
import type { Host } from '../host';

/** What every card of one view shares. */
export interface ViewContext {
  host: Host;
  /** The element of the view: events to the labextension start from it. */
  root: () => HTMLElement;
  /** Opens a step and brings it into sight. */
  showStep: (number: number) => void;
}

/** A saved run: nobody to ask. */
export const NOBODY: Host = {
  live: false,
  ask: () => Promise.reject(new Error('No kernel is connected.')),
};

export const View = createContext<ViewContext>({
  host: NOBODY,
  root: () => document.body,
  showStep: () => {},
});

export const useView = (): ViewContext => useContext(View);

/** A notice for the person: one line, and the text itself where it could not be copied. */
export interface Notice {
  line: string;
  isError: boolean;
  text?: string;
}

/** Work started by a click: while it goes on `busy`, then what is to be said about it. */
export interface Work {
  busy: boolean;
  notice: Notice | null;
  start: (work: (host: Host) => Promise<Notice | void>) => void;
  clear: () => void;
}

/** One click at a time; an error becomes a line. */
export function useWork(): Work {
  const { host } = useView();
  const [busy, setBusy] = useState(false);
  const isBusy = useRef(false); // two clicks may come before one drawing
  const [notice, setNotice] = useState<Notice | null>(null);
  const isMounted = useRef(true);
  useEffect(() => {
    isMounted.current = true;
    return () => {
      isMounted.current = false;
    };
  }, []);

  const start: Work['start'] = (work) => {
    if (isBusy.current) return;
    isBusy.current = true;
    setBusy(true);
    setNotice(null);
    const end = (next: Notice | null) => {
      isBusy.current = false;
      if (!isMounted.current) return;
      setBusy(false);
      setNotice(next);
    };
    work(host).then(
      (said) => end(said ?? null),
      (error: unknown) =>
        end({ line: error instanceof Error ? error.message : String(error), isError: true }),
    );
  };
  return { busy, notice, start, clear: () => setNotice(null) };
}
