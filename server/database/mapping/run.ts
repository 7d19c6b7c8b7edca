// The mapping of validation runs.

import { finding } from '../../../contract/schemas/finding.ts';
import type { RunState } from '../../domain/run.ts';
import { createMapping } from './mapping.ts';

export const runMapping = createMapping<RunState>()({
  id: { name: 'id', kind: 'integer' },
  orderId: { name: 'order_id', kind: 'integer' },
  orderVersion: { name: 'order_version', kind: 'integer' },
  state: { name: 'state', kind: 'text' },
  attempt: { name: 'attempt', kind: 'integer' },
  maxAttempts: { name: 'max_attempts', kind: 'integer' },
  policyVersion: { name: 'policy_version', kind: 'text' },
  findings: { name: 'findings', kind: 'list', members: Object.keys(finding.shape) },
  error: { name: 'error', kind: 'text', isNullable: true },
  fence: { name: 'fence', kind: 'integer' },
  createdAt: { name: 'created_at', kind: 'time' },
  startedAt: { name: 'started_at', kind: 'time', isNullable: true },
  finishedAt: { name: 'finished_at', kind: 'time', isNullable: true },
});

export type RunRow = Parameters<typeof runMapping.toRecord>[0];
