// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";

/// A bridge that can be made to misbehave in every way that an exit has to survive.
contract BridgeMock {
    using SafeERC20 for IERC20;

    enum Mood {
        Works,
        Reverts,
        RevertsWithALot,
        BurnsGas,
        TakesLess,
        FeeReverts,
        FeeBurnsGas,
        CallsBack
    }

    Mood public mood;
    uint256 public price;
    address public target;
    bytes public call;
    bool public calledBack;
    bytes public answer;

    mapping(address to => uint256) public bridged;
    uint256 public received;
    bytes32 public lastData;
    uint256 public lastChain;
    uint32 public lastGas;

    function set(Mood mood_, uint256 price_) external {
        (mood, price) = (mood_, price_);
    }

    function callBack(address target_, bytes calldata call_) external {
        (mood, target, call) = (Mood.CallsBack, target_, call_);
    }

    /// Does something in its own name, so that it may own a sequencer.
    function act(address target_, bytes calldata call_) external {
        (bool done,) = target_.call(call_);
        require(done, "could not act");
    }

    function fee() external view returns (uint256) {
        require(mood != Mood.FeeReverts, "no fee today");
        if (mood == Mood.FeeBurnsGas) _burnGas();
        return price;
    }

    function depositERC20ToByChainId(
        uint256 chainId,
        address l1Token,
        address,
        address to,
        uint256 amount,
        uint32 l2Gas,
        bytes calldata data
    ) external payable {
        require(msg.value == price, "wrong fee");
        require(mood != Mood.Reverts, "bridge is down");
        if (mood == Mood.RevertsWithALot) _revertWithALot();
        if (mood == Mood.BurnsGas) _burnGas();
        if (mood == Mood.CallsBack) (calledBack, answer) = target.call(call);
        uint256 taken = mood == Mood.TakesLess ? amount - 1 : amount;
        IERC20(l1Token).safeTransferFrom(msg.sender, address(this), taken);
        bridged[to] += taken;
        received += msg.value;
        (lastChain, lastGas, lastData) = (chainId, l2Gas, keccak256(data));
    }

    function _burnGas() private pure {
        assembly {
            invalid()
        }
    }

    function _revertWithALot() private pure {
        assembly {
            revert(0, 100000)
        }
    }
}
