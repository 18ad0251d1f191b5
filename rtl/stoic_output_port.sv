// The output register: STORE's words on their way out.
//
// STORE reads a word in cycle t (read_i); unless frozen_o, it enters the register at the end of t+1, and the word read then is
// taken from word_i, which must stay while frozen. frozen_o: the register holds a beat that is not accepted, or an
// interrupted vector is still to be closed; nothing of STORE may move then. done_o: the last beat is accepted in this cycle.
//
// cancel_i voids the word in flight. A vector that was offered in part is then closed by one more beat of zeros with TLAST.
module stoic_output_port #(
  parameter bit [31:0] Lanes = 16,
  parameter bit [31:0] StateWidth = 16,
  localparam bit [31:0] LaneBits = $clog2(Lanes),
  localparam bit [31:0] LaneBytes = (StateWidth + 7) / 8,
  localparam bit [31:0] Width = Lanes * LaneBytes * 8
) (
  input  logic                        clk_i,
  input  logic                        rst_ni,

  input  logic                        read_i,
  input  logic                        read_last_i,
  input  logic [LaneBits-1:0]         tail_lane_i,  // last lane of the last word
  input  logic                        cancel_i,
  input  logic [Lanes*StateWidth-1:0] word_i,
  output logic                        frozen_o,
  output logic                        done_o,

  output logic                        tvalid_o,
  input  logic                        tready_i,
  output logic                        tlast_o,
  output logic [Width-1:0]            tdata_o
);

  logic in_flight_q, in_flight_last_q, valid_q, last_q, final_q, begun_q, close_q;
  logic push, closing;

  assign frozen_o = (valid_q && !tready_i) || close_q;
  assign push     = in_flight_q && !frozen_o && !cancel_i;
  assign closing  = close_q && (!valid_q || tready_i);
  assign done_o   = valid_q && tready_i && final_q;
  assign tvalid_o = valid_q;
  assign tlast_o  = last_q;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      in_flight_q <= 1'b0;
      valid_q     <= 1'b0;
      begun_q     <= 1'b0;
      close_q     <= 1'b0;
      final_q     <= 1'b0;
    end else begin
      if (cancel_i) in_flight_q <= 1'b0;
      else if (!frozen_o) in_flight_q <= read_i;
      if (valid_q && tready_i) begin
        valid_q <= 1'b0;
        final_q <= 1'b0;
      end
      if (push) begin
        valid_q <= 1'b1;
        last_q  <= in_flight_last_q;
        final_q <= in_flight_last_q;
        begun_q <= !in_flight_last_q;
      end else if (closing) begin
        valid_q <= 1'b1;
        last_q  <= 1'b1;
        close_q <= 1'b0;
        begun_q <= 1'b0;
      end
      if (cancel_i) begin
        close_q <= begun_q && !closing;
        final_q <= 1'b0;
      end
    end
    if (!frozen_o && read_i) in_flight_last_q <= read_last_i;
  end

  // The word, sign-extended to bytes; 0 beyond the end of the vector, and all 0 in the beat that closes one
  function automatic logic [Width-1:0] padded(input logic [Lanes*StateWidth-1:0] word, input logic wanted, input logic tail,
                                              input logic [LaneBits-1:0] tail_lane);
    for (int l = 0; l < Lanes; l++)
      padded[l*LaneBytes*8 +: LaneBytes*8] = (wanted && !(tail && LaneBits'(l) > tail_lane))
                                           ? (LaneBytes*8)'($signed(word[l*StateWidth +: StateWidth])) : '0;
  endfunction

  always_ff @(posedge clk_i) begin
    if (push || closing) tdata_o <= padded(word_i, push, in_flight_last_q, tail_lane_i);
  end

endmodule
