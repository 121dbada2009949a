import type { AnyModel, Initialize, Render } from '@anywidget/types';
import { showRun } from './view/live';
import { Store, type Channel } from './view/store';
import type { KernelMessage, Snapshot } from './protocol';

/** One for each model: its views share a store, and the store one line to the kernel. */
export default () => {
  let store: Store | null = null;

  const initialize: Initialize = ({ model }) => {
    const opened = new Store(pageId(), channelOf(model));
    store = opened;
    return () => opened.dispose();
  };

  const render: Render = ({ el }) => (store === null ? undefined : showRun(el, store));

  return { initialize, render };
};

/** The kernel tells by it whether our labextension is there to draw the saved run. */
function pageId(): string {
  const kind = document.documentElement.dataset.rasgoLab === undefined ? 'widget' : 'lab';
  return `${kind}:${Math.random().toString(36).slice(2)}`;
}

function channelOf(model: AnyModel): Channel {
  const first = (): Snapshot | null => (model.get('first') as Snapshot | undefined) ?? null;
  return {
    first,
    send(message) {
      try {
        model.send(message);
      } catch {
        // A comm whose kernel is gone throws; the store finds out by the answer that does not come.
      }
    },
    listen(heard) {
      const onMessage = (message: KernelMessage, buffers: DataView[]) => heard(message, buffers ?? []);
      const onFirst = () => heard(first(), []);
      const onChange = () => heard(null, []);
      model.on('msg:custom', onMessage);
      model.on('change:first', onFirst);
      model.on('comm_live_update', onChange);
      return () => {
        model.off('msg:custom', onMessage);
        model.off('change:first', onFirst);
        model.off('comm_live_update', onChange);
      };
    },
  };
}
