// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {L2Message, OutputProof} from "../../src/interfaces/IBridge.sol";
import {Bridge} from "../../src/l1/Bridge.sol";
import {BridgeDeposits} from "../../src/l1/BridgeDeposits.sol";
import {MessagePasser} from "../../src/l2/MessagePasser.sol";
import {Predeploys} from "../../src/lib/Predeploys.sol";
import {Mini, Vm} from "../Mini.sol";
import {PlainToken} from "../mocks/BridgeTokens.sol";
import {OutputsMock} from "../mocks/OutputsMock.sol";
import {TreeModel} from "../mocks/TreeModel.sol";

/// Eight people who deposit, spend, burn fees and withdraw. The native currency of this EVM stands for METIS
/// on L2; what an L2 block does with credits and burned fees (section 8.4) is modelled here.
contract SupplyHandler is Mini {
    uint256 private constant L2 = 71_001;
    uint256 private constant ACTORS = 8;
    uint256 public constant GENESIS = 8_000 ether;

    PlainToken private metis;
    OutputsMock private outputs;
    Bridge private bridge;
    MessagePasser private passer = MessagePasser(Predeploys.MESSAGE_PASSER);
    TreeModel private down = new TreeModel();

    /// Credits that no L2 block has yet.
    address[] private creditedTo;
    uint256[] private creditedGwei;
    uint256 public notYetDerived;
    uint256 public pendingBurn;
    uint256 public carry;

    L2Message[] private sent;
    mapping(uint256 nonce => uint256) public releases;
    uint256 public outputCount;

    /// What went in and came out, by our own count.
    uint256 public deposited;
    uint256 public withdrawn;
    mapping(address to => uint256) public depositedFor;

    constructor(PlainToken metis_, OutputsMock outputs_, Bridge bridge_) {
        (metis, outputs, bridge) = (metis_, outputs_, bridge_);
        for (uint256 i = 0; i < ACTORS; i++) {
            vm.deal(actor(i), GENESIS / ACTORS);
        }
    }

    function actor(uint256 n) public pure returns (address) {
        return address(uint160(0xAC0000 + n % ACTORS));
    }

    // L1

    function deposit(uint256 from, uint256 to, uint256 amount, bool small) external {
        amount = within(amount, 1, small ? 3e9 : 1e24);
        metis.mint(actor(from), amount);
        vm.startPrank(actor(from));
        metis.approve(address(bridge), amount);
        vm.recordLogs();
        bridge.depositERC20ToByChainId(L2, address(metis), address(0), actor(to), amount, 0, "");
        vm.stopPrank();
        noteCredits();
        deposited += amount;
        depositedFor[actor(to)] += amount;
        vm.roll(block.number + 1);
    }

    function noteCredits() private {
        Vm.Log[] memory logs = vm.getRecordedLogs();
        for (uint256 i = 0; i < logs.length; i++) {
            if (logs[i].topics[0] != BridgeDeposits.NativeCredit.selector) continue;
            (, address to, uint64 amount) = abi.decode(logs[i].data, (uint64, address, uint64));
            creditedTo.push(to);
            creditedGwei.push(amount);
            notYetDerived += uint256(amount) * 1e9;
        }
    }

    function gift(uint256 amount) external {
        metis.mint(address(bridge), within(amount, 1, 1e24));
    }

    /// Any message, under the newest output, also for the second time.
    function finalize(uint256 which) external {
        if (sent.length == 0) return;
        L2Message memory m = sent[which % sent.length];
        OutputProof memory proof = propose();
        uint256 before = metis.balanceOf(m.target);
        bytes memory call =
            abi.encodeCall(bridge.finalizeWithdrawal, (m, outputCount, proof, down.pathOf(m.nonce)));
        (bool ok,) = address(bridge).call(call);
        if (!ok) return;
        releases[m.nonce]++;
        withdrawn += metis.balanceOf(m.target) - before;
    }

    function propose() private returns (OutputProof memory proof) {
        outputCount++;
        proof = OutputProof(outputCount, 0, 0, passer.messageRoot());
        outputs.put(
            outputCount,
            keccak256(
                abi.encode(
                    keccak256("conclave/v1/output"),
                    L2,
                    outputCount,
                    bytes32(0),
                    bytes32(0),
                    proof.messageTreeRoot
                )
            )
        );
    }

    // L2

    /// The next block: credits of L1, and the burned fees of the block before as whole gwei to FeeVault.
    function derive() external {
        for (uint256 i = 0; i < creditedTo.length; i++) {
            vm.deal(creditedTo[i], creditedTo[i].balance + creditedGwei[i] * 1e9);
        }
        delete creditedTo;
        delete creditedGwei;
        notYetDerived = 0;
        carry += pendingBurn;
        pendingBurn = 0;
        vm.deal(Predeploys.FEE_VAULT, Predeploys.FEE_VAULT.balance + carry / 1e9 * 1e9);
        carry %= 1e9;
    }

    function pay(uint256 from, uint256 to, uint256 amount) external {
        amount = within(amount, 0, actor(from).balance);
        vm.prank(actor(from));
        (bool ok,) = actor(to).call{value: amount}("");
        require(ok);
    }

    function burnFee(uint256 from, uint256 amount) external {
        uint256 balance = actor(from).balance;
        amount = within(amount, 0, balance < 1e15 ? balance : 1e15);
        vm.deal(actor(from), balance - amount);
        pendingBurn += amount;
    }

    function withdraw(uint256 from, uint256 to, uint256 amount) external {
        uint256 balance = actor(from).balance;
        if (balance == 0 || sent.length >= 24) return;
        amount = within(amount, 1, balance);
        L2Message memory m = L2Message(passer.messageCount(), actor(from), actor(to), address(0), amount, "");
        vm.prank(actor(from));
        passer.send{value: amount}(actor(to), "");
        sent.push(m);
        down.push(
            keccak256(
                abi.encode(
                    keccak256("conclave/v1/l2-msg"),
                    m.nonce,
                    m.sender,
                    m.target,
                    m.token,
                    m.amount,
                    keccak256("")
                )
            )
        );
    }

    /// As a contract does that destroys itself in favour of MessagePasser.
    function force(uint256 from, uint256 amount) external {
        uint256 balance = actor(from).balance;
        amount = within(amount, 0, balance / 10);
        vm.deal(actor(from), balance - amount);
        vm.deal(address(passer), address(passer).balance + amount);
    }

    // Sums

    function sentCount() external view returns (uint256) {
        return sent.length;
    }

    function circulating() public view returns (uint256 total) {
        for (uint256 i = 0; i < ACTORS; i++) {
            total += actor(i).balance;
        }
        total += Predeploys.FEE_VAULT.balance + address(passer).balance - passer.initiated();
    }

    /// The two sides of the supply equation of section 5.7.
    function equation() external view returns (uint256 l1, uint256 l2) {
        uint256 onTheWay = passer.initiated() - bridge.released();
        l1 = bridge.escrow(address(metis)) - bridge.totalDust() - onTheWay - notYetDerived;
        l2 = circulating() + pendingBurn + carry;
    }
}
