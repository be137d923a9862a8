package e2e

import (
	"context"
	"crypto/ecdsa"
	"encoding/hex"
	"errors"
	"fmt"
	"math/big"
	"os"
	"path/filepath"
	"time"

	"github.com/ethereum/go-ethereum"
	"github.com/ethereum/go-ethereum/accounts/abi"
	"github.com/ethereum/go-ethereum/accounts/keystore"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/core/vm"
	"github.com/ethereum/go-ethereum/core/vm/program"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/ethereum/go-ethereum/ethclient"
)

// devChainID is the chain id of geth --dev.
const devChainID = 1337

// chain is a sealed chain on disk and what is on it.
type chain struct {
	dir      string // data directory of a geth that was stopped cleanly
	head     uint64
	from     common.Address // the funded developer account
	to       common.Address // receives the transfers
	counter  common.Address // adds one, logs and returns the sum when called
	reverter common.Address // always reverts with revertReason
	txs      []common.Hash  // all transactions, in order
	blocks   []uint64       // the block of each: geth --dev may seal empty ones between
}

const revertReason = "not enough rope"

// counterTopic is the first topic of the counter's log.
var counterTopic = crypto.Keccak256Hash([]byte("Counted(address,uint256)"))

// sealChain lets a geth in dir seal about twenty blocks of transfers, contract
// calls, logs and one failed transaction, then stops it cleanly.
func sealChain(ctx context.Context, bin, dir string) (*chain, error) {
	n := &node{bin: bin, dir: dir, name: "sealer"}
	var c *chain
	err := n.session(ctx, func(cl *ethclient.Client) error {
		key, err := developerKey(dir)
		if err != nil {
			return err
		}
		c = &chain{
			dir:  dir,
			from: crypto.PubkeyToAddress(key.PublicKey),
			to:   common.HexToAddress("0x1000000000000000000000000000000000000001"),
		}
		return (&sealer{cl: cl, key: key, c: c}).fill(ctx)
	})
	if err != nil {
		return nil, err
	}
	// The dev chain may still seal an empty block after the last transaction, so
	// the head is read in a second run.
	err = n.session(ctx, func(cl *ethclient.Client) error {
		c.head, err = cl.BlockNumber(ctx)
		return err
	})
	return c, err
}

// session starts the node, lets do talk to it and stops it cleanly.
func (n *node) session(ctx context.Context, do func(*ethclient.Client) error) (err error) {
	if err := n.start(ctx); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, n.stop()) }()
	cl, err := ethclient.DialContext(ctx, n.url())
	if err != nil {
		return err
	}
	defer cl.Close()
	return do(cl)
}

// developerKey reads the account that geth --dev made and funded.
func developerKey(dir string) (*ecdsa.PrivateKey, error) {
	files, err := filepath.Glob(filepath.Join(dir, "keystore", "UTC--*"))
	if err != nil || len(files) != 1 {
		return nil, fmt.Errorf("developer key files: %d, want 1 (%w)", len(files), err)
	}
	data, err := os.ReadFile(files[0])
	if err != nil {
		return nil, err
	}
	key, err := keystore.DecryptKey(data, "")
	if err != nil {
		return nil, fmt.Errorf("decrypt developer key: %w", err)
	}
	return key.PrivateKey, nil
}

// sealer sends transactions one at a time, so each has a block of its own.
type sealer struct {
	cl    *ethclient.Client
	key   *ecdsa.PrivateKey
	nonce uint64
	c     *chain
}

func (s *sealer) fill(ctx context.Context) error {
	var err error
	if s.c.counter, err = s.deploy(ctx, counterCode()); err != nil {
		return err
	}
	revert, err := reverterCode()
	if err != nil {
		return err
	}
	if s.c.reverter, err = s.deploy(ctx, revert); err != nil {
		return err
	}
	for i := range 9 {
		if _, err := s.send(ctx, &s.c.to, big.NewInt(int64(i+1)*1e15), nil, types.ReceiptStatusSuccessful); err != nil {
			return err
		}
		if _, err := s.send(ctx, &s.c.counter, nil, []byte{byte(i)}, types.ReceiptStatusSuccessful); err != nil {
			return err
		}
	}
	_, err = s.send(ctx, &s.c.reverter, nil, nil, types.ReceiptStatusFailed)
	return err
}

func (s *sealer) deploy(ctx context.Context, code []byte) (common.Address, error) {
	r, err := s.send(ctx, nil, nil, code, types.ReceiptStatusSuccessful)
	if err != nil {
		return common.Address{}, err
	}
	return r.ContractAddress, nil
}

// send signs a transaction, waits for its receipt and checks the status.
func (s *sealer) send(ctx context.Context, to *common.Address, value *big.Int, data []byte, want uint64) (*types.Receipt, error) {
	signer := types.LatestSignerForChainID(big.NewInt(devChainID))
	tx, err := types.SignNewTx(s.key, signer, &types.DynamicFeeTx{
		ChainID: big.NewInt(devChainID), Nonce: s.nonce, To: to, Value: value, Data: data, Gas: 300_000,
		GasTipCap: big.NewInt(1e9), GasFeeCap: big.NewInt(100e9),
	})
	if err != nil {
		return nil, err
	}
	if err := s.cl.SendTransaction(ctx, tx); err != nil {
		return nil, err
	}
	s.nonce++
	s.c.txs = append(s.c.txs, tx.Hash())
	var receipt *types.Receipt
	err = poll(ctx, 30*time.Second, 20*time.Millisecond, func(ctx context.Context) error {
		receipt, err = s.cl.TransactionReceipt(ctx, tx.Hash())
		if errors.Is(err, ethereum.NotFound) {
			return err
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("receipt of %s: %w", tx.Hash(), err)
	}
	s.c.blocks = append(s.c.blocks, receipt.BlockNumber.Uint64())
	if receipt.Status != want {
		return nil, fmt.Errorf("transaction %s has status %d, want %d", tx.Hash(), receipt.Status, want)
	}
	return receipt, nil
}

// counterCode deploys a contract that adds one to slot 0, logs the sum with the
// caller as second topic, and returns it.
func counterCode() []byte {
	run := program.New()
	run.Push(0).Op(vm.SLOAD).Push(1).Op(vm.ADD)
	run.Op(vm.DUP1).Push(0).Op(vm.SSTORE)
	run.Push(0).Op(vm.MSTORE)
	run.Op(vm.CALLER).Push(counterTopic).Push(32).Push(0).Op(vm.LOG2)
	run.Return(0, 32)
	return program.New().ReturnViaCodeCopy(run.Bytes()).Bytes()
}

// reverterCode deploys a contract that always reverts with revertReason.
func reverterCode() ([]byte, error) {
	data, err := revertData()
	if err != nil {
		return nil, err
	}
	run := program.New().Mstore(data, 0).Push(len(data)).Push(0).Op(vm.REVERT)
	return program.New().ReturnViaCodeCopy(run.Bytes()).Bytes(), nil
}

// revertData is Error(string) with revertReason, ABI encoded.
func revertData() ([]byte, error) {
	text, err := abi.NewType("string", "", nil)
	if err != nil {
		return nil, err
	}
	packed, err := abi.Arguments{{Type: text}}.Pack(revertReason)
	if err != nil {
		return nil, err
	}
	selector, err := hex.DecodeString("08c379a0")
	return append(selector, packed...), err
}
