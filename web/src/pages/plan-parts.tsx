/** What a vote consents to, read from the very text whose digest is signed: statements, forecast, undo. */
import { Text } from '@mantine/core'
import type { DecisionDetail } from '../../../src/server/api-types.ts'
import { Exact } from '../parts/exact.tsx'
import { Facts, Part } from '../parts/page.tsx'
import { durationText, spanText } from '../parts/time.tsx'
import { wordsOf } from '../parts/words.ts'

/** What a vote consents to. */
export type Binding = DecisionDetail['binding']

/** Not `detail.binding`: what is shown must be what is signed. */
export const bindingOf = ({ decision }: DecisionDetail): Binding =>
  JSON.parse(decision.bindingText) as Binding

interface Of {
  readonly binding: Binding
}

/** The statements, in order, with what they are sent to. */
export function PlanPart({ binding }: Of) {
  return (
    <Part title="What would run">
      {binding.guards.length > 0 && (
        <>
          <Text size="sm">First, on the same connection:</Text>
          <Steps steps={binding.guards} label="Guard" />
          <Text size="sm">Then:</Text>
        </>
      )}
      <Steps steps={binding.steps} label="Statement" />
      <Facts
        of={[
          ['Server', `${binding.target.name} (${binding.target.engine}), ${binding.target.instanceUid}`],
          ['Action', `${binding.action.name}, version ${binding.action.version}`],
        ]}
      />
    </Part>
  )
}

/** Statements in their order. */
export function Steps({ steps, label }: { readonly steps: Binding['steps']; readonly label: string }) {
  return (
    <ol className="steps">
      {steps.map((step, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a plan never changes, and a statement may stand in it twice
        <li key={index}>
          <Exact text={step.text} label={`${label} ${index + 1}`} />
          <Text size="xs" className="quiet">
            at most {durationText(step.timeoutMs)}
            {step.onlyIf !== null &&
              `, only if ${step.onlyIf.question.kind} answers ${JSON.stringify(step.onlyIf.equals)}`}
          </Text>
        </li>
      ))}
    </ol>
  )
}

const range = (
  of: { readonly low: number; readonly expected: number; readonly high: number },
  text: (value: number) => string,
): string =>
  of.low === of.high ? text(of.expected) : `${text(of.expected)} (${text(of.low)} to ${text(of.high)})`
const whole = (value: number): string => Math.round(value).toLocaleString()
const mebibytes = (bytes: number): string =>
  bytes < 1_048_576 ? `${whole(bytes / 1_024)} KiB` : `${(bytes / 1_048_576).toFixed(1)} MiB`

/** What is locked, for how long, what it costs, and how it will be judged. */
export function ForecastPart({
  binding: { forecast, verification },
}: {
  readonly binding: Pick<Binding, 'forecast' | 'verification'>
}) {
  const judged = `${verification.metricName} (${verification.metricUnit}), ${verification.lowerIsBetter ? 'lower' : 'higher'} is better`
  const compared = `${spanText(verification.afterSeconds)} after against ${spanText(verification.beforeSeconds)} before, at least ${verification.minimumGainPercent} % better`
  return (
    <Part title="What it will do">
      <Facts
        of={[
          ['Blocks', forecast.blocks],
          ['Lock', wordsOf(forecast.lockClass)],
          ['Takes', range(forecast.durationMs, durationText)],
          ['Rows touched', range(forecast.rowsTouched, whole)],
          ['Written', range(forecast.bytesWritten, mebibytes)],
          ['Disk at its peak', range(forecast.diskPeakBytes, mebibytes)],
          ['Replicas lag', range(forecast.replicaLagSeconds, (seconds) => `${whole(seconds)} s`)],
          ['Estimated from', forecast.basis],
          ['Judged by', `${judged}; ${compared}`],
        ]}
      />
    </Part>
  )
}

/** The undo plan, or why there is none. */
export function UndoPart({ binding: { undo } }: { readonly binding: Pick<Binding, 'undo'> }) {
  return (
    <Part title="How it is undone">
      {'whyNot' in undo ? (
        <Text className="call call-warning">It cannot be undone: {undo.whyNot}</Text>
      ) : (
        <Steps steps={[...undo.plan.guards, ...undo.plan.steps]} label="Undo statement" />
      )}
    </Part>
  )
}
