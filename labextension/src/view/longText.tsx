import { useState } from 'preact/hooks';
import { Button } from './button';
import { copied } from './cells';
import { useWork } from './context';
import { Said } from './said';
import { visible } from './text';

const FIRST_CHARS = 20_000; // what a browser lays out at once

/** A text exactly as it is, of any length; copied whole. */
export function LongText({ text, label }: { text: string; label: string }) {
  const copy = useWork();
  const [isWhole, setWhole] = useState(false);
  const isCut = !isWhole && text.length > FIRST_CHARS;
  return (
    <div class="rasgo-longtext">
      <pre class="rasgo-printed" tabIndex={0} role="region" aria-label={label}>
        {visible(isCut ? text.slice(0, FIRST_CHARS) : text)}
      </pre>
      <div class="rasgo-actions">
        <Button look="plain" onClick={() => copy.start(() => copied(text))}>
          Copy
        </Button>
        {isCut && (
          <Button look="plain" onClick={() => setWhole(true)}>
            Show all {text.length.toLocaleString('en-US')} characters
          </Button>
        )}
        <Said notice={copy.notice} />
      </div>
    </div>
  );
}
