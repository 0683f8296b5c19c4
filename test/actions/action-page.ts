/** The part of an action's page that states facts of the code, between two markers; the rest is written by hand. */
import type { DescribedAction } from '../../src/actions/index.ts'
import { exampleParameters, parameterExample, parameterWords } from '../../src/core/parameter-form.ts'

/** Where the facts begin and end on a page. */
export const FACTS_BEGIN = '<!-- facts: written by test/actions/write-action-pages.ts -->'
export const FACTS_END = '<!-- end of facts -->'

/** The facts of an action as Markdown. */
export function actionFacts(action: DescribedAction): string {
  return [
    FACTS_BEGIN,
    '',
    '| | |',
    '|---|---|',
    `| id, version | \`${action.id}\`, ${action.version} |`,
    `| category | ${action.category} |`,
    `| for issues of | ${action.issueCategories.join(', ')} |`,
    `| risk | **${action.risk}**: ${action.riskReason} |`,
    `| bound to one connection | ${action.bindsConnection ? 'yes' : 'no'} |`,
    `| limits | again on the same object after ${action.limits.coolDownSeconds} s; ${action.limits.perTargetPerHour} an hour and ${action.limits.perTargetPerDay} a day on a target |`,
    '',
    action.engine === 'source' ? '```diff' : '```sql',
    action.template,
    '```',
    '',
    '## Parameters',
    '',
    ...list(
      Object.entries(action.parameters).map(
        ([name, item]) =>
          `\`${name}\`: ${parameterWords(item)}, e.g. \`${JSON.stringify(parameterExample(item))}\``,
      ),
    ),
    '',
    'As a request of a person:',
    '',
    '```',
    `dbmedic request ${action.id} --target NAME --reason TEXT --params '${JSON.stringify(exampleParameters(action.parameters))}'`,
    '```',
    '',
    '## Preconditions',
    '',
    'Each is checked when it is proposed and again right before it runs. What cannot be checked is not met.',
    '',
    ...list(action.conditions.map((item) => `**${item.id}** ${item.rule}`)),
    '',
    '## Guards',
    '',
    ...list(action.guards.map((item) => `\`${item}\``)),
    '',
    '## Undo',
    '',
    'actionId' in action.undo ? `By \`${action.undo.actionId}\`.` : `None: ${action.undo.whyNot}.`,
    '',
    '## How the effect is measured',
    '',
    action.verification,
    '',
    '## Privileges',
    '',
    'Beyond what every executor may read (`dbmedic check` prints it):',
    '',
    ...list(action.privileges.map((item) => `\`${item}\``)),
    '',
    FACTS_END,
  ].join('\n')
}

const list = (items: readonly string[]): readonly string[] =>
  items.length === 0 ? ['None.'] : items.map((item) => `- ${item}`)

/** A page with its facts replaced; null if it has no place for them. */
export function withFacts(page: string, action: DescribedAction): string | null {
  const [begin, end] = [page.indexOf(FACTS_BEGIN), page.indexOf(FACTS_END)]
  if (begin < 0 || end < begin) return null
  return page.slice(0, begin) + actionFacts(action) + page.slice(end + FACTS_END.length)
}
