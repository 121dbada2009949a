import { render } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { RunView } from './run';
import { NO_ANSWER, type Shown, type Store } from './store';

/** Draws the store's run into an element until the returned function is called. */
export function showRun(el: HTMLElement, store: Store): () => void {
  render(<Live store={store} />, el);
  return () => render(null, el);
}

function Live({ store }: { store: Store }) {
  const { run, link, host } = useShown(store);
  const line = lineOf({ run, link, host });
  return <RunView run={run} host={host} line={line} />;
}

function lineOf({ run, link }: Shown): string {
  if (link === 'silent') return NO_ANSWER;
  if (link === 'deaf') return 'This kernel takes no clicks while the cell runs.';
  return run === null ? 'Joining the run …' : '';
}

function useShown(store: Store): Shown {
  const [shown, setShown] = useState(store.shown);
  useEffect(() => {
    const take = () => setShown(store.shown);
    take(); // what changed between drawing and watching
    return store.watch(take);
  }, [store]);
  return shown;
}
