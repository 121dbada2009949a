import { useState } from 'preact/hooks';
import type { SawCallState } from '../protocol';
import { LongText } from './longText';

type Body = SawCallState['wire'][number];

/** The bodies as they went over the wire, each opened by a click. */
export function Wire({ wire }: { wire: Body[] }) {
  return (
    <>
      {wire.map((body, i) => (
        <Exchange key={i} body={body} attempt={wire.length > 1 ? i + 1 : 0} />
      ))}
    </>
  );
}

function Exchange({ body, attempt }: { body: Body; attempt: number }) {
  const [isOpen, setOpen] = useState(false);
  const status = body.status === 0 ? 'no answer' : `status ${body.status}`;
  return (
    <details class="rasgo-folded" onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>
        On the wire{attempt > 0 && `, try ${attempt}`}
        <span class="rasgo-fact rasgo-quiet">{body.address}</span>
        <span class="rasgo-fact rasgo-quiet">{status}</span>
        {body.note && <span class="rasgo-fact rasgo-quiet">{body.note}</span>}
      </summary>
      {isOpen && (
        <>
          <p class="rasgo-quiet">Request</p>
          <LongText text={laidOut(body.request)} label="Body of the request" />
          <p class="rasgo-quiet">Response</p>
          <LongText text={laidOut(body.response)} label="Body of the response" />
        </>
      )}
    </details>
  );
}

/** JSON with a line for each value; anything else as it is. */
function laidOut(body: string): string {
  try {
    return JSON.stringify(JSON.parse(body), null, 2);
  } catch {
    return body;
  }
}
