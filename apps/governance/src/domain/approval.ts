import type {
  ApprovalClosed,
  ApprovalGranted,
  ApprovalRefused,
  ApprovalRequested,
  MissingPiece,
  ReleaseApproved,
  ReleaseDenied,
  ReleaseRejected,
  RiskClass,
} from '@millrace/contracts';

/** What somebody wants live: a proposal of the registry, tied to its content. */
export interface Proposal {
  readonly release: string;
  readonly endpoint: string;
  readonly model: string;
  readonly version: number;
  /** SHA-256 of the model file, lowercase hex. */
  readonly digest: string;
  readonly major: number;
  readonly strategy: string;
  readonly binding: string;
  readonly proposedBy: string;
}

/** One person's word. */
export interface PersonalApproval {
  readonly by: string;
  readonly roles: readonly string[];
}

/** What becomes of one proposal. Whatever is not WAITING stays as it is. */
export interface Approval {
  readonly status: 'ABSENT' | 'WAITING' | 'GRANTED' | 'DENIED' | 'REJECTED' | 'WITHDRAWN';
  readonly proposal: Proposal | null;
  readonly approvals: readonly PersonalApproval[];
  /** What was said last about what is missing, and by which policy and class that was found. */
  readonly missing: readonly MissingPiece[];
  readonly riskClass: RiskClass;
  readonly policy: string;
}

export type ApprovalFact =
  | { readonly type: 'ApprovalRequested'; readonly data: ApprovalRequested }
  | { readonly type: 'ReleaseApproved'; readonly data: ReleaseApproved }
  | { readonly type: 'ApprovalGranted'; readonly data: ApprovalGranted }
  | { readonly type: 'ReleaseDenied'; readonly data: ReleaseDenied }
  | { readonly type: 'ReleaseRejected'; readonly data: ReleaseRejected }
  | { readonly type: 'ApprovalClosed'; readonly data: ApprovalClosed }
  | { readonly type: 'ApprovalRefused'; readonly data: ApprovalRefused };

export const noApproval = (): Approval => ({
  status: 'ABSENT',
  proposal: null,
  approvals: [],
  missing: [],
  riskClass: 'UNKNOWN',
  policy: '',
});

/** The only writer of the state: also used by a rebuild from `governance.approvals.v1`. */
export function evolveApproval(approval: Approval, fact: ApprovalFact): Approval {
  switch (fact.type) {
    case 'ApprovalRequested':
      return { ...approval, ...told(fact.data), status: 'WAITING', missing: fact.data.missing };
    case 'ReleaseApproved': {
      const { by, roles } = fact.data;
      return { ...approval, approvals: [...approval.approvals, { by, roles }] };
    }
    case 'ApprovalGranted':
      return { ...approval, ...told(fact.data), status: 'GRANTED', missing: [] };
    case 'ReleaseDenied':
      return { ...approval, ...told(fact.data), status: 'DENIED', missing: fact.data.missing };
    case 'ReleaseRejected':
      return { ...approval, status: 'REJECTED' };
    case 'ApprovalClosed':
      return { ...approval, status: 'WITHDRAWN' };
    case 'ApprovalRefused':
      return approval;
  }
}

function told(data: ApprovalRequested | ApprovalGranted | ReleaseDenied) {
  const { release, endpoint, model, version, digest, major, strategy, binding, proposedBy, riskClass, policy } = data;
  const proposal = { release, endpoint, model, version, digest, major, strategy, binding, proposedBy };
  return { proposal, riskClass, policy };
}
