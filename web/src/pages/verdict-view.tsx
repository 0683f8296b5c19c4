/** One verdict: what it is, why, and the figures it rests on. */
import { Text } from '@mantine/core'
import type { ExecutionDetail } from '../../../src/server/api-types.ts'
import { CodeBadge } from '../parts/code-badge.tsx'
import { Facts } from '../parts/page.tsx'
import { Time } from '../parts/time.tsx'

/** A verdict as the API sends it. */
export type Verdict = ExecutionDetail['verifications'][number]

const figure = (value: number | null): string =>
  value === null ? 'not measured' : value.toLocaleString(undefined, { maximumSignificantDigits: 4 })

const percent = (value: number | null): string => (value === null ? 'not known' : `${value.toFixed(1)} %`)

/** Why it was judged so, in the executor's words. */
function becauseOf({ details }: Verdict): string | null {
  if (typeof details !== 'object' || details === null || !('because' in details)) return null
  return typeof details.because === 'string' ? details.because : null
}

/** The verdict. */
export function VerdictView({ of }: { readonly of: Verdict }) {
  const because = becauseOf(of)
  return (
    <div>
      <div className="row-badges">
        <CodeBadge code={of.verdict} what="Verdict" />
        {of.improvementPercent !== null && (
          <strong>
            {percent(of.improvementPercent)} {of.lowerIsBetter ? 'lower' : 'higher'}
          </strong>
        )}
      </div>
      {because !== null && <Text size="sm">{because}</Text>}
      <Facts
        of={[
          ['Metric', `${of.metricName} (${of.metricUnit})`],
          ['Before', `${figure(of.metricBefore)}, ${of.samplesBefore.toLocaleString()} samples`],
          ['After', `${figure(of.metricAfter)}, ${of.samplesAfter.toLocaleString()} samples`],
          [
            'Improvement',
            of.improvementPercent === null
              ? 'not known'
              : `${percent(of.improvementPercent)} (${percent(of.intervalLowPercent)} to ${percent(of.intervalHighPercent)})`,
          ],
          ['Judged', <Time key="judged" at={of.verifiedAt} />],
        ]}
      />
    </div>
  )
}
