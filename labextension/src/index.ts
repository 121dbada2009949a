import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ISessionContextDialogs } from '@jupyterlab/apputils';
import { INotebookTracker } from '@jupyterlab/notebook';
import type { NotebookPanel } from '@jupyterlab/notebook';
import { asking } from './lab/askPlugin';
import { listenForCells } from './lab/cells';
import { drawRuns } from './lab/rendering';
import './lab/style.css';

const runs: JupyterFrontEndPlugin<void> = {
  id: 'rasgo-nb:plugin',
  description: 'Draws the runs of %%ask, live and saved, and puts their steps into cells.',
  autoStart: true,
  requires: [INotebookTracker],
  optional: [ISessionContextDialogs],
  activate: (_app: JupyterFrontEnd, notebooks: INotebookTracker, dialogs: ISessionContextDialogs | null) => {
    document.documentElement.dataset.rasgoLab = ''; // the widget tells the kernel that saved runs can be drawn
    const join = (panel: NotebookPanel) => {
      drawRuns(panel.content.rendermime);
      const listening = listenForCells(panel, dialogs);
      panel.disposed.connect(() => listening.dispose());
    };
    notebooks.forEach(join);
    notebooks.widgetAdded.connect((_, panel) => join(panel));
  },
};

export default [runs, asking];
