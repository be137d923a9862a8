package jsonrpc_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/lasso-rpc/lasso/proxy/jsonrpc"
)

const callBody = `{"jsonrpc":"2.0","id":1,"method":"eth_call","params":[{"to":"0xa0b86991c6218b36c1d19d4a2e9eb0ce3606eb48",` +
	`"data":"0x70a08231000000000000000000000000b4e16d0168e52d35cacd2c6185b44281ec28c9dc"},"latest"]}`

// logsResponse is an eth_getLogs response of at least size bytes, the way geth
// writes one.
func logsResponse(size int) []byte {
	var b bytes.Buffer
	b.WriteString(`{"jsonrpc":"2.0","id":"lasso-1","result":[`)
	for i := 0; b.Len() < size; i++ {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, `{"address":"0x%040x","topics":["0x%064x","0x%064x","0x%064x"],"data":"0x%0128x",`+
			`"blockNumber":"0x%x","transactionHash":"0x%064x","transactionIndex":"0x%x","blockHash":"0x%064x",`+
			`"logIndex":"0x%x","removed":false}`, i, i+1, i+2, i+3, i+4, 18_000_000+i, i+5, i&255, i+6, i)
	}
	b.WriteString("]}\n")
	return b.Bytes()
}

func batchBody(n int) []byte {
	return []byte("[" + strings.TrimSuffix(strings.Repeat(callBody+",", n), ",") + "]")
}

func BenchmarkScan(b *testing.B) {
	for _, bm := range []struct {
		name string
		body []byte
	}{
		{"single", []byte(callBody)},
		{"batch of 50", batchBody(50)},
	} {
		b.Run(bm.name, func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(len(bm.body)))
			calls := make([]jsonrpc.Call, 0, 50)
			for b.Loop() {
				var err *jsonrpc.Error
				if calls, _, err = jsonrpc.Scan(calls[:0], bm.body, 50); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkCheckResponse(b *testing.B) {
	wantID := []byte(`"lasso-1"`)
	for _, bm := range []struct {
		name string
		body []byte
	}{
		{"small", []byte(`{"jsonrpc":"2.0","id":"lasso-1","result":"0x11f2c3a"}`)},
		{"logs 1 MB", logsResponse(1 << 20)},
		{"hex 1 MB", []byte(`{"jsonrpc":"2.0","id":"lasso-1","result":"0x` + strings.Repeat("0123abcd", 1<<17) + `"}`)},
		{"umlauts 1 MB", []byte(`{"jsonrpc":"2.0","id":"lasso-1","result":"` + strings.Repeat("äöü grüßt", 1<<16) + `"}`)},
		{"error", []byte(`{"jsonrpc":"2.0","id":"lasso-1","error":{"code":3,"message":"execution reverted","data":"0x08c379a0"}}`)},
	} {
		b.Run(bm.name, func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(len(bm.body)))
			for b.Loop() {
				if _, err := jsonrpc.CheckResponse(bm.body, wantID); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkAppendRequest(b *testing.B) {
	calls, _, err := jsonrpc.Scan(nil, []byte(callBody), 0)
	if err != nil {
		b.Fatal(err)
	}
	c, id := calls[0], []byte(`"lasso-1"`)
	buf := make([]byte, 0, 512)
	b.ReportAllocs()
	for b.Loop() {
		buf = jsonrpc.AppendRequest(buf[:0], id, c.Method, c.Params)
	}
}
