/** What `npm run new` writes: per kind, the files of one item as path and text. Each test fails until it is written. */

/** The files of one item, by kind. */
export const TEMPLATES = {
  detector: (item) => ({ ...code(item, detector), ...test(item), ...doc(item, DETECTOR_DOC) }),
  diagnosis: (item) => ({ ...code(item, diagnosis), ...test(item), ...doc(item, DIAGNOSIS_DOC) }),
  action: (item) => ({ ...code(item, action), ...test(item), ...doc(item, ACTION_DOC) }),
  rule: (item) => ({ [`src/rules/${item.name}.ts`]: rule(item), ...ruleTest(item), ...ruleDoc(item) }),
}

const code = (item, template) => ({ [`src/${item.folder}/${item.engine}/${item.name}.ts`]: template(item) })

const detector = ({
  engine,
  Engine,
  name,
  identifier,
  title,
}) => `/** Say which condition this notices, and from which of the server's own instruments. */
import type { ${Engine}Detector } from './${engine}-detector.ts'

export const ${identifier}: ${Engine}Detector = {
  id: '${engine}/${name}',
  version: 1,
  engine: '${engine}',
  title: '${title}',
  category: 'QUERY_PERFORMANCE',
  source: 'ENGINE_STATUS',
  needs: [],
  reads: [],
  everyMs: 60_000,
  thresholds: {
    warning: { value: 1, unit: 'say which', why: 'say where the figure comes from' },
  },
  async detect() {
    throw new Error('${engine}/${name} is not written yet')
  },
}
`

const diagnosis = ({
  engine,
  Engine,
  name,
  identifier,
  title,
}) => `/** Say which root cause this explains, and what tells it from its look-alikes. */
import type { ${Engine}Diagnosis } from './${engine}-diagnosis.ts'

export const ${identifier}: ${Engine}Diagnosis = {
  id: '${engine}/${name}',
  version: 1,
  engine: '${engine}',
  title: '${title}',
  rootCause: 'MISSING_INDEX',
  categories: ['QUERY_PERFORMANCE'],
  needs: () => [],
  test() {
    return { outcome: 'unknown', missing: '${engine}/${name} is not written yet', toProceed: 'Write it.' }
  },
}
`

const action = ({
  engine,
  name,
  identifier,
  title,
}) => `/** Say what this changes on the target, and what it cannot harm. */
import { defineAction } from './${engine}-action.ts'

const notWritten = async (): Promise<never> => {
  throw new Error('${engine}/${name} is not written yet')
}

/** The action. */
export const ${identifier} = defineAction({
  id: '${engine}/${name}',
  category: 'CONFIGURATION',
  title: '${title}',
  risk: 'HIGH',
  riskReason: 'Say what could go wrong, and for whom.',
  issueCategories: [],
  parameters: {},
  template: '',
  estimatedDurationSeconds: 1,
  conditions: [],
  guards: [],
  verification: 'Say what is measured, and what must hold afterwards.',
  undo: { whyNot: 'say why, or name the inverse action' },
  limits: { coolDownSeconds: 3_600, perTargetPerHour: 1, perTargetPerDay: 4 },
  privileges: [],
  render: notWritten,
  forecast: notWritten,
  verificationPlan: () => {
    throw new Error('${engine}/${name} is not written yet')
  },
  postcondition: notWritten,
})
`

const test = ({ folder, engine, name, identifier }) => ({
  [`src/${folder}/${engine}/${name}.test.ts`]: `import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { ${identifier} } from './${name}.ts'

describe('${engine}/${name}', () => {
  test('has claims of its own', () => {
    assert.fail(\`state what \${${identifier}.id} does as test titles, and prove each on a real server where one can run\`)
  })
})
`,
})

const doc = ({ folder, engine, name, title }, sections) => ({
  [`docs/${folder}/${engine}/${name}.md`]: [
    `# ${title} (\`${engine}/${name}\`)`,
    ...sections.map(([heading, what]) => `## ${heading}\n\n${what}`),
    '',
  ].join('\n\n'),
})

const DETECTOR_DOC = [
  [
    'What it notices',
    'One sentence an operator understands at three in the morning, and the instrument it is read from.',
  ],
  ['What it cannot see', 'Cases that look alike, and cases it misses.'],
  [
    'How to tune it',
    'Which threshold suits which server. The table of thresholds: node test/house/write-catalogue-pages.ts',
  ],
]

const DIAGNOSIS_DOC = [
  ['What it explains', 'The root cause in one sentence.'],
  ['Evidence', 'Each question asked, and the answer that supports or refutes it.'],
  ['Look-alikes', 'What else looks like this, and what tells them apart.'],
  ['What it proposes', 'Actions in order of preference, or advice.'],
]

const ACTION_DOC = [
  ['What it does', 'The exact statement.'],
  ['Risk', 'What it blocks, for how long, and who notices.'],
  ['Preconditions', 'What must hold, and why.'],
  ['Undo', 'The inverse, or why there is none.'],
  ['How the effect is measured', 'The metric, against which controls, and what counts as improved.'],
]

const rule = ({
  id,
  identifier,
  title,
}) => `/** Say what is wrong, and on which engines it matters how much. */
import type { CodeRule } from './rule.ts'

export const ${identifier}: CodeRule = {
  id: '${id}',
  title: '${title}',
  severity: 'medium',
  needsSchema: false,
  check: () => {
    throw new Error('${id} is not written yet')
  },
}
`

const ruleTest = ({ id, name }) => ({
  [`src/rules/${name}.test.ts`]: `import { ruleCases } from '../../test/support/rule-cases.ts'

ruleCases('${id}', [
  { claim: 'state what ${id} finds, in code that a person would write', code: '', lines: [1] },
  { claim: 'state what it leaves alone', code: '', lines: [] },
])
`,
})

const ruleDoc = ({ id, name, title }) => ({
  [`docs/rules/${name}.md`]: `${[
    `# ${title} (\`${id}\`)`,
    '## What it finds\n\nOne sentence, and what is left alone.',
    '## Why\n\nWhat happens, on each engine.',
    '## When not to use it\n\nCode that is right although it is found.',
    '## Examples\n\n```js wrong\n```\n\n```js right\n```',
  ].join('\n\n')}\n`,
})
