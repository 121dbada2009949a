/** The ids of the commands, as the palette, the toolbar, shortcuts and the side panel know them. */
export const CommandNames = {
  ask: 'rasgo-nb:ask-below',
  stop: 'rasgo-nb:stop-run',
  promote: 'rasgo-nb:promote-last-run',
  panel: 'rasgo-nb:show-panel',
} as const;
