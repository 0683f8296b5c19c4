/** What an analysis rests on: each claim with its value, source and time. */
import type { Story } from '../../../src/server/api-types.ts'
import { Exact, Letters } from './exact.tsx'
import { isRecord } from './is-record.ts'
import { planIn, planLines } from './plan-steps.ts'
import { Time } from './time.tsx'

type Claim = Story['analyses'][number]['evidence'][number]

const valueText = (value: unknown): string =>
  typeof value === 'string' || typeof value === 'number' ? String(value) : JSON.stringify(value)

/** A value: a plan as its steps, a record as its members, everything else as it is. */
function Value({ of: { value, unit, id } }: { readonly of: Claim }) {
  const plan = planIn(value)
  if (plan !== null) return <Exact text={planLines(plan)} label={`Plan, evidence ${id}`} />
  if (!isRecord(value))
    return (
      <code className="break">
        <Letters text={valueText(value)} /> {unit ?? ''}
      </code>
    )
  return (
    <dl className="members">
      {Object.entries(value).map(([name, member]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>
            <code className="break">
              <Letters text={valueText(member)} />
            </code>
          </dd>
        </div>
      ))}
    </dl>
  )
}

/** The claims. */
export function EvidenceList({ claims }: { readonly claims: readonly Claim[] }) {
  if (claims.length === 0) return <p className="quiet">None was recorded.</p>
  return (
    <ul className="plain evidence">
      {claims.map((each) => (
        <li key={each.id}>
          <div>{each.claim}</div>
          <Value of={each} />
          <div className="quiet">
            {each.source}, <Time at={each.at} />
          </div>
        </li>
      ))}
    </ul>
  )
}
