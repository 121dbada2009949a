import type { ProfileState } from '../../protocol';
import { More } from './body';

const WIDTH = 160;
const HEIGHT = 36;

export function Profiles({ profiles, more }: { profiles: ProfileState[]; more: string }) {
  return (
    <>
      <div class="rasgo-profiles">
        {profiles.map((profile, i) => (
          <Profile key={i} profile={profile} />
        ))}
      </div>
      <More more={more} />
    </>
  );
}

function Profile({ profile }: { profile: ProfileState }) {
  const facts: [string, string][] = [
    ['min', profile.min],
    ['mean', profile.mean],
    ['max', profile.max],
    ['distinct', profile.distinct],
    ['nulls', profile.nulls],
  ];
  return (
    <section class="rasgo-profile" aria-label={`Profile of ${profile.name}`}>
      <p class="rasgo-profile-head">
        <span class="rasgo-name">{profile.name}</span>
        <span class="rasgo-fact rasgo-mono rasgo-quiet">{profile.type}</span>
      </p>
      {profile.histogram.length > 0 && <Histogram profile={profile} />}
      {profile.top.length > 0 && <Top top={profile.top} />}
      <dl class="rasgo-facts">
        {facts
          .filter(([, value]) => value !== '')
          .map(([name, value]) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd title={value}>{value}</dd>
            </div>
          ))}
      </dl>
      {profile.null_share > 0 && <Nulls share={profile.null_share} />}
    </section>
  );
}

function Histogram({ profile: { name, histogram } }: { profile: ProfileState }) {
  const width = WIDTH / histogram.length;
  return (
    <svg
      class="rasgo-histogram"
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      preserveAspectRatio="none"
      role="img"
      aria-label={`Distribution of ${name}`}
    >
      {histogram.map(({ label, share }, i) => {
        const height = share > 0 ? Math.max(1, Math.min(1, share) * HEIGHT) : 0;
        return (
          <g key={i}>
            <rect class="rasgo-bar" x={i * width} y={HEIGHT - height} width={width * 0.88} height={height} />
            <rect class="rasgo-bar-room" x={i * width} y={0} width={width} height={HEIGHT}>
              <title>{label}</title>
            </rect>
          </g>
        );
      })}
    </svg>
  );
}

function Top({ top }: { top: ProfileState['top'] }) {
  const highest = Math.max(...top.map((value) => value.share), 0);
  return (
    <ol class="rasgo-top" aria-label="Most frequent values">
      {top.map(({ value, count, share }, i) => (
        <li key={i} title={`${value}: ${count}`}>
          <span class="rasgo-top-bar" style={{ width: `${highest > 0 ? (100 * share) / highest : 0}%` }} />
          <span class="rasgo-top-value">{value}</span>
          <span class="rasgo-top-count rasgo-figures">{count}</span>
        </li>
      ))}
    </ol>
  );
}

function Nulls({ share }: { share: number }) {
  const percent = Math.round(100 * Math.min(1, share));
  return (
    <span class="rasgo-nulls" role="img" aria-label={`${percent} % null`} title={`${percent} % null`}>
      <span style={{ width: `${percent}%` }} />
    </span>
  );
}
