/** How the server runs a statement: a tree to go through by keyboard, and the same as a table. */
import { Badge, getTreeExpandedState, Tree, type TreeNodeData, useTree } from '@mantine/core'
import { useMemo } from 'react'
import type { PlanStep } from '../../../src/server/api-types.ts'
import {
  costliestPlace,
  placedSteps,
  rowsOf,
  rowsText,
  rowsWords,
  type ShownPlan,
  stepWords,
} from './plan-steps.ts'

const nodeOf = (step: PlanStep, place = '0'): TreeNodeData => ({
  value: place,
  label: stepWords(step),
  ...(step.inputs.length === 0
    ? {}
    : { children: step.inputs.map((input, at) => nodeOf(input, `${place}.${at}`)) }),
})

/** The figure. */
export default function PlanTree({ plan }: { readonly plan: ShownPlan }) {
  const data = useMemo(() => [nodeOf(plan.tree)], [plan])
  const steps = useMemo(() => new Map(placedSteps(plan.tree).map((each) => [each.place, each.step])), [plan])
  const costliest = useMemo(() => costliestPlace(plan), [plan])
  const tree = useTree({ initialExpandedState: getTreeExpandedState(data, '*') })
  return (
    <figure className="chart">
      <Tree
        data={data}
        tree={tree}
        levelOffset={18}
        className="plan-tree"
        aria-label="Plan of the statement, outermost step first"
        renderNode={({ node, expanded, hasChildren, elementProps }) => {
          const step = steps.get(node.value)
          return (
            <div {...elementProps} className={`${elementProps.className} plan-step`}>
              <span className="break">
                <span aria-hidden="true" className="plan-fold">
                  {hasChildren ? (expanded ? '▾' : '▸') : '•'}
                </span>
                {node.label}{' '}
                {node.value === costliest && (
                  <Badge color="orange.5" radius="sm" className="code-badge">
                    Most rows
                  </Badge>
                )}
              </span>
              {step?.operation === 'table' && (
                <span className="plan-rows">{rowsWords(rowsOf(step, plan))}</span>
              )}
            </div>
          )
        }}
      />
      <details className="more">
        <summary>The plan as a table</summary>
        <PlanTable plan={plan} costliest={costliest} />
      </details>
    </figure>
  )
}

const cell = (value: number | null): string => (value === null ? '–' : rowsText(value))

function PlanTable({ plan, costliest }: { readonly plan: ShownPlan; readonly costliest: string | null }) {
  return (
    <table className="table">
      <thead>
        <tr>
          <th scope="col">Step</th>
          <th scope="col" className="number">
            Estimated
          </th>
          <th scope="col" className="number">
            Read
          </th>
          <th scope="col" className="number">
            Times
          </th>
        </tr>
      </thead>
      <tbody>
        {placedSteps(plan.tree).map(({ place, step, level }) => {
          const { estimated, read, passes } = rowsOf(step, plan)
          return (
            <tr key={place}>
              <td className="break">
                {level}. {stepWords(step)}
                {place === costliest && ' (most rows)'}
              </td>
              <td className="number">{cell(estimated)}</td>
              <td className="number">{cell(read)}</td>
              <td className="number">{cell(passes)}</td>
            </tr>
          )
        })}
      </tbody>
    </table>
  )
}
