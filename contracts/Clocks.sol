// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/**
 * @title Clocks
 * @notice Every delay and window of the protocol, in seconds, in the order in which one must outlast the other.
 * @dev They are constants, not parameters: each is safe only relative to the others, and nobody who holds a role can
 * shorten an exit or outlast a window. `test/Clocks.t.sol` checks the order.
 */
library Clocks {
    /// @notice How long committed evidence may stay unopened before its deposit is lost. Long enough to be included
    /// on a congested chain, short enough that a culprit cannot park evidence against itself.
    uint256 internal constant EVIDENCE_LAPSE = 1 hours;

    /// @notice How far ahead of now a request's deadline may lie. Bounds how long a signed order is worth anything.
    uint256 internal constant DEADLINE_HORIZON = 1 days;

    /// @notice How long after its deadline a voucher can still be settled, and a receipt committed. Longer than a
    /// settlement period and an outage of the node.
    uint256 internal constant SETTLEMENT_GRACE = 1 days;

    /// @notice How long before it takes effect the end of a signing key is announced. At least the horizon, so that no
    /// order in flight loses its key.
    uint256 internal constant KEY_NOTICE = 1 days;

    /// @notice The shortest and the longest time in which a receipt may be challenged.
    uint256 internal constant MIN_WINDOW = 3 days;
    uint256 internal constant MAX_WINDOW = 7 days;

    /// @notice How long an operator has to answer a demand, and how long at most where many came before it. Shorter than
    /// the shortest window, long enough for an outage.
    uint256 internal constant ANSWER_TIME = 1 days;
    uint256 internal constant MAX_ANSWER_TIME = 2 days;

    /// @notice How long what was disclosed on demand stays open to evidence, and silence to punishment.
    uint256 internal constant EVIDENCE_AFTER_ANSWER = 1 days;

    /// @notice The longest dispute that evidence within the window can still open: answer, evidence after it, lapse.
    uint256 internal constant MAX_DISPUTE = MAX_ANSWER_TIME + EVIDENCE_AFTER_ANSWER + EVIDENCE_LAPSE;

    /// @notice What an operator settles within this time is at most its cover. Outlasts the way of the oldest unit in
    /// it from order to verdict.
    uint256 internal constant CAP_WINDOW = 14 days;

    /// @notice How long a refund thaws. Longer than any voucher lives (horizon and grace) with a long outage to spare, as
    /// long as the cap window with its last bucket: what was served before the thaw can be settled before the money leaves.
    uint256 internal constant REFUND_THAW = 16 days;

    /// @notice How long a matured thaw can be refunded. After that the money is good for vouchers again.
    uint256 internal constant REFUND_LAPSE = 1 days;

    /// @notice Bounds of the unbonding delay. The least outlasts the cap window, so that what covered a settlement is
    /// still there when it is judged; the greatest keeps an exit an exit.
    uint256 internal constant MIN_UNBONDING = 15 days;
    uint256 internal constant MAX_UNBONDING = 60 days;

    /// @notice The longest suspension: a week is enough to understand a fault and warn everyone, and short enough to be
    /// no hostage-taking.
    uint256 internal constant MAX_SUSPENSION = 7 days;

    /// @notice How long after its end the next suspension can start. Longer than any timer with a suspension in it, so
    /// that no timer meets two.
    uint256 internal constant SUSPENSION_COOLDOWN = 90 days;

    /// @notice How long before it works a slasher is announced, and before it counts a change of commission. Longer than
    /// the longest unbonding delay with a suspension and a week to react: everyone can leave first.
    uint256 internal constant SLASHER_ACTIVATION = 75 days;
    uint256 internal constant COMMISSION_DELAY = 75 days;

    /// @notice How long a slasher still works after its removal is announced: what was settled under it is judged.
    uint256 internal constant SLASHER_REMOVAL = 22 days;

    /// @notice How long before it takes effect a change of policy is announced. Longer than the horizon, so that an
    /// order is judged by rules that stood when it was signed.
    uint256 internal constant POLICY_DELAY = 2 days;

    /// @notice How far ahead at most a change of policy takes effect: the change after it has to wait for it, so one
    /// that lay in the far future would freeze its row.
    uint256 internal constant POLICY_HORIZON = 30 days;

    /// @notice Bounds of the half-lives of the two sums that credit is made of. Good service outlives the cap window, so
    /// that it counts for a while once it counts, and its memory does not let an operator rest on it; a fault is remembered
    /// at least twice as long as service, and not for ever.
    uint256 internal constant MIN_SETTLED_HALF_LIFE = 30 days;
    uint256 internal constant MAX_SETTLED_HALF_LIFE = 180 days;
    uint256 internal constant MIN_FAULT_HALF_LIFE = 360 days;
    uint256 internal constant MAX_FAULT_HALF_LIFE = 1_440 days;

    /// @notice How long after a change of credit's parameters the next one can come. Longer than any exit with a week to
    /// react: whoever does not like where they go is gone before the next step.
    uint256 internal constant CREDIT_COOLDOWN = 90 days;
}
