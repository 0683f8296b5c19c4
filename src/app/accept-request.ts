/** Whether the catalogue has what a person asks for, and takes the parameters they give. */
import type { Json } from '../core/canonical.ts'
import { DbmedicError } from '../core/errors.ts'
import { acceptsParams } from '../pipeline/analyze/index.ts'
import { actionOf } from './catalogue.ts'

/**
 * Passes if the action exists and the parameters have the shape it declares. Whether the objects exist is found on the
 * target when the decision is made.
 * @throws DbmedicError DBM_NOT_FOUND, DBM_PARAM_INVALID
 */
export function acceptRequest(actionName: string, params: { readonly [name: string]: Json }): void {
  const action = actionOf(actionName)
  if (action === null)
    throw new DbmedicError('DBM_NOT_FOUND', {
      kind: 'action',
      id: actionName,
      hint: 'The catalogue lists what may be done.',
    })
  const accepted = acceptsParams(params, action.parameters)
  if ('because' in accepted)
    throw new DbmedicError('DBM_PARAM_INVALID', {
      parameter: Object.keys(action.parameters).join(', '),
      action: actionName,
      problem: accepted.because,
    })
}
