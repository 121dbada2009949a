import { createContext } from 'preact';
import { useContext, useEffect, useRef, useState } from 'preact/hooks';
import type { Host } from '../host';
import type { NumberState } from '../protocol';

/** What every card of one view shares. */
export interface ViewContext {
  host: Host;
  /** The element of the view: events to the labextension start from it. */
  root: () => HTMLElement;
  /** Opens a step and brings it into sight. */
  showStep: (number: number) => void;
  /** Opens the step that a number comes from, and shows its cell. */
  showNumber: (number: NumberState) => void;
}

/** Where the person wants to be led: a cell of the call's rows. A new object for each click. */
export interface Goal {
  step: number;
  call: string;
  column: string;
  row: number;
}

/** The goal within the rows below, if it is there. */
export const GoalHere = createContext<Goal | null>(null);

/** The goal within the run. */
export const RunGoal = createContext<Goal | null>(null);

/** A saved run: nobody to ask. */
export const NOBODY: Host = {
  live: false,
  ask: () => Promise.reject(new Error('No kernel is connected.')),
};

export const View = createContext<ViewContext>({
  host: NOBODY,
  root: () => document.body,
  showStep: () => {},
  showNumber: () => {},
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
