import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import './lab/style.css';

const plugin: JupyterFrontEndPlugin<void> = {
  id: 'rasgo-nb:plugin',
  description: 'Draws runs of %%ask and puts their steps into cells.',
  autoStart: true,
  activate: (_app: JupyterFrontEnd) => {},
};

export default plugin;
