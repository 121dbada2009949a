import { useEffect, useRef, useState } from 'preact/hooks';
import type { LinkAsk } from './linkMessages';

/** Asks the kernel; rejects with one line for the person. */
export type PanelAsk = (ask: LinkAsk) => Promise<unknown>;

export const oneLine = (error: unknown): string => (error instanceof Error ? error.message : String(error));

interface Loaded<T> {
  value: T | null;
  error: string;
  isBusy: boolean;
  reload: () => void;
}

/** What the kernel says to `ask`, asked again whenever `key` changes; what comes late to an old one is left alone. */
export function useLoaded<T>(key: string, ask: () => Promise<unknown>): Loaded<T> {
  const [loaded, setLoaded] = useState<{ value: T | null; error: string }>({ value: null, error: '' });
  const [isBusy, setBusy] = useState(true);
  const [times, setTimes] = useState(0);
  useEffect(() => {
    let isCurrent = true;
    const end = (value: T | null, error: string) => {
      if (!isCurrent) return;
      setLoaded((before) => ({ value: error ? before.value : value, error }));
      setBusy(false);
    };
    setBusy(true);
    ask().then(
      (value) => end(value as T, ''),
      (error: unknown) => end(null, oneLine(error)),
    );
    return () => {
      isCurrent = false;
    };
  }, [key, times]);
  return { ...loaded, isBusy, reload: () => setTimes((before) => before + 1) };
}

/** Work that a click starts, one at a time; `error` is what the kernel said against it. */
export function usePanelWork(): {
  error: string;
  isBusy: boolean;
  start: (work: () => Promise<void>) => void;
} {
  const [error, setError] = useState('');
  const [isBusy, setBusy] = useState(false);
  const open = useRef(false);
  const start = (work: () => Promise<void>) => {
    if (open.current) return;
    open.current = true;
    setBusy(true);
    setError('');
    const end = (line: string) => {
      open.current = false;
      setBusy(false);
      setError(line);
    };
    work().then(
      () => end(''),
      (failure: unknown) => end(oneLine(failure)),
    );
  };
  return { error, isBusy, start };
}

/** The text as it was when nothing had been typed for a moment. */
export function useSettled(text: string, ms: number): string {
  const [settled, setSettled] = useState(text);
  useEffect(() => {
    const timer = window.setTimeout(() => setSettled(text), ms);
    return () => window.clearTimeout(timer);
  }, [text, ms]);
  return settled;
}
