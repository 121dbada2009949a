import { LabIcon } from '@jupyterlab/ui-components';

/** A speech bubble with bars in it; its colour follows the theme. */
export const askIcon = new LabIcon({
  name: 'rasgo-nb:ask',
  svgstr: `<svg xmlns="http://www.w3.org/2000/svg" width="16" viewBox="0 0 24 24">
  <g class="jp-icon3" fill="#616161">
    <path d="M20 3H4a2 2 0 0 0-2 2v16l4-4h14a2 2 0 0 0 2-2V5a2 2 0 0 0-2-2zm0 12H5.2L4 16.2V5h16v10z"/>
    <path d="M7 10h2v3H7zM11 7h2v6h-2zM15 9h2v4h-2z"/>
  </g>
</svg>`,
});
