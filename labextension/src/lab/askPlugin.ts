import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ILabShell, ILayoutRestorer } from '@jupyterlab/application';
import { ICommandPalette } from '@jupyterlab/apputils';
import { ICompletionProviderManager } from '@jupyterlab/completer';
import { INotebookTracker } from '@jupyterlab/notebook';
import type { NotebookPanel } from '@jupyterlab/notebook';
import { askAboutError, askBelow, promoteLastRun, say } from './ask';
import { CommandNames } from './askCommands';
import { MentionProvider, offerWhileTyping } from './completion';
import { addErrorButtons } from './errors';
import { drawQuestionsAsProse } from './highlight';
import { askIcon } from './panelIcon';
import './ask.css';
import './catalog.css';
import { SidePanel } from './panel';
import type { Link } from './link';
import { Links } from './linkPanels';
import { stopRun } from './stop';

/** Asking from JupyterLab: button, palette, errors, prose, completion, side panel. */
export const asking: JupyterFrontEndPlugin<void> = {
  id: 'rasgo-nb:asking',
  description: 'Asks questions in cells that begin with %%ask.',
  autoStart: true,
  requires: [INotebookTracker],
  optional: [ICommandPalette, ICompletionProviderManager, ILabShell, ILayoutRestorer],
  activate: (
    app: JupyterFrontEnd,
    notebooks: INotebookTracker,
    palette: ICommandPalette | null,
    completion: ICompletionProviderManager | null,
    labShell: ILabShell | null,
    restorer: ILayoutRestorer | null,
  ) => {
    const links = new Links(notebooks);
    const mentions = new MentionProvider(notebooks, links);
    const join = (panel: NotebookPanel) => {
      drawQuestionsAsProse(panel);
      offerWhileTyping(app, panel, mentions);
      addErrorButtons(panel, (error, node) => {
        const link = links.of(panel);
        if (link) void askAboutError(panel, link, error, node);
      });
    };
    notebooks.forEach(join);
    notebooks.widgetAdded.connect((_, panel) => join(panel));
    completion?.registerProvider(mentions);
    addCommands(app, notebooks, links, palette);
    if (labShell) addPanel(app, notebooks, links, labShell, restorer, palette);
  },
};

function addCommands(
  app: JupyterFrontEnd,
  notebooks: INotebookTracker,
  links: Links,
  palette: ICommandPalette | null,
): void {
  const add = (
    id: string,
    label: string,
    caption: string,
    act: (panel: NotebookPanel, link: Link) => Promise<void>,
  ) => {
    app.commands.addCommand(id, {
      label: (args) => (args.toolbar ? 'Ask' : label),
      caption,
      icon: (args) => (args.toolbar ? askIcon : undefined),
      describedBy: { args: { type: 'object', properties: { toolbar: { type: 'boolean' } } } },
      isEnabled: () => notebooks.currentWidget !== null,
      execute: () => {
        const panel = notebooks.currentWidget;
        const link = panel && links.of(panel);
        return panel && link ? act(panel, link) : undefined;
      },
    });
    palette?.addItem({ command: id, category: 'Rasgo' });
  };
  add(CommandNames.ask, 'Ask a Question Below', 'Insert a cell that asks a question of your data', askBelow);
  add(CommandNames.stop, 'Stop the Run', 'Stop the run that is under way', async (_, link) =>
    say(await stopRun(link)),
  );
  add(
    CommandNames.promote,
    'Promote the Last Run to Cells',
    'Insert the steps of the last run as cells that need no model',
    promoteLastRun,
  );
  notebooks.currentChanged.connect(() => app.commands.notifyCommandChanged());
}

function addPanel(
  app: JupyterFrontEnd,
  notebooks: INotebookTracker,
  links: Links,
  labShell: ILabShell,
  restorer: ILayoutRestorer | null,
  palette: ICommandPalette | null,
): void {
  const panel = new SidePanel(notebooks, links, (id) => void app.commands.execute(id));
  labShell.add(panel, 'right', { rank: 900, type: 'Rasgo' });
  restorer?.add(panel, panel.id);
  app.commands.addCommand(CommandNames.panel, {
    label: 'Show Runs and Connections',
    describedBy: { args: { type: 'object', properties: {} } },
    execute: () => labShell.activateById(panel.id),
  });
  palette?.addItem({ command: CommandNames.panel, category: 'Rasgo' });
}
