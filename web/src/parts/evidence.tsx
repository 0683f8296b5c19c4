/** What an analysis rests on: each claim with its value, source and time. */
import type { Story } from '../../../src/server/api-types.ts'
import { Time } from './time.tsx'

type Claim = Story['analyses'][number]['evidence'][number]

const valueText = (value: unknown): string =>
  typeof value === 'string' || typeof value === 'number' ? String(value) : JSON.stringify(value)

/** The claims. */
export function EvidenceList({ claims }: { readonly claims: readonly Claim[] }) {
  if (claims.length === 0) return <p className="quiet">None was recorded.</p>
  return (
    <ul className="plain evidence">
      {claims.map((each) => (
        <li key={each.id}>
          <div>{each.claim}</div>
          <code className="break">
            {valueText(each.value)} {each.unit ?? ''}
          </code>
          <div className="quiet">
            {each.source}, <Time at={each.at} />
          </div>
        </li>
      ))}
    </ul>
  )
}
