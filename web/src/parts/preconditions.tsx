/** Preconditions of a plan that nobody has voted on, as they are now. */
import { Badge, Text } from '@mantine/core'
import type { Preview } from '../../../src/server/api-types.ts'

type Proposal = NonNullable<Preview['proposal']>

const MET = {
  true: { word: 'Met', colour: 'teal' },
  false: { word: 'Not met', colour: 'red' },
  unknown: { word: 'Unknown', colour: 'orange.5' },
} as const

/** Preconditions as they are now, those in the way first. */
export function Preconditions({ of }: { readonly of: Proposal['preconditions'] }) {
  const inTheWay = of.filter((each) => each.met !== true)
  const rest = of.filter((each) => each.met === true)
  return (
    <>
      <Text className={inTheWay.length > 0 ? 'call call-warning' : 'call'}>
        {inTheWay.length === 0
          ? `All ${of.length} preconditions hold now. They are checked again right before it runs.`
          : `${inTheWay.length} of ${of.length} preconditions do not hold: as it is now, it would be refused.`}
      </Text>
      <ul className="plain">
        {[...inTheWay, ...rest].map((each) => {
          const { word, colour } = MET[String(each.met) as keyof typeof MET]
          return (
            <li key={each.id}>
              <Badge color={colour} radius="sm" className="code-badge">
                {word}
              </Badge>{' '}
              <strong>{each.id}</strong> <span className="break">{each.found}</span>
              {each.toProceed !== '' && <div className="quiet">{each.toProceed}</div>}
            </li>
          )
        })}
      </ul>
    </>
  )
}
