// Where results are written: the word, and its first and last lane.
//
// Results come in order, so their addresses and lanes are counted where they arrive, not carried along; only COPY and
// ROTATE carry them, from the issue (copy_word_i and others) to the cycle after it (copy_1_i). prepare_i begins at
// destination_i; write_i says that the outputs are those of the write in the next cycle, and moves on.
module stoic_write_addresses #(
  parameter bit [31:0] Lanes = 16,
  parameter bit [31:0] StateWords = 512,
  parameter bit [31:0] FunctionUnits = 4,
  localparam bit [31:0] LaneBits = $clog2(Lanes),
  localparam bit [31:0] AddressWidth = (StateWords > 1) ? $clog2(StateWords) : 1,
  localparam bit [31:0] BeatBits = $clog2(StateWords + 1)
) (
  input  logic                    clk_i,
  input  logic                    prepare_i,
  input  logic                    is_function_i,
  input  logic                    is_normalise_i,
  input  logic [AddressWidth-1:0] destination_i,
  input  logic [BeatBits-1:0]     beats_i,
  input  logic [LaneBits-1:0]     tail_lane_i,      // last lane of the last word
  input  logic [AddressWidth-1:0] copy_word_i,
  input  logic [LaneBits-1:0]     copy_low_i,
  input  logic [LaneBits-1:0]     copy_high_i,
  input  logic                    copy_1_i,
  input  logic                    write_i,
  output logic [AddressWidth-1:0] write_address_o,
  output logic [LaneBits-1:0]     low_o,
  output logic [LaneBits-1:0]     high_o
);

  localparam bit [31:0] UnitBits = $clog2(FunctionUnits);

  logic [AddressWidth-1:0] copy_word_1_q, write_word_q, write_step;
  logic [LaneBits-1:0]     copy_low_1_q, copy_high_1_q, write_lane_q;
  logic [BeatBits-1:0]     write_beat_q;
  logic [1:0]              write_component_q;
  logic                    write_tail, group_tail;

  always_ff @(posedge clk_i) begin
    copy_word_1_q <= copy_word_i;
    copy_low_1_q  <= copy_low_i;
    copy_high_1_q <= copy_high_i;
  end

  assign write_tail = write_beat_q == beats_i - BeatBits'(1);
  assign group_tail = write_lane_q == LaneBits'(Lanes - FunctionUnits);
  assign write_address_o = copy_1_i ? copy_word_1_q : write_word_q;

  always_comb begin
    low_o  = '0;
    high_o = write_tail ? tail_lane_i : LaneBits'(Lanes - 1);
    if (is_function_i) begin
      low_o = write_lane_q;
      if (!(write_tail && (tail_lane_i >> UnitBits) == (write_lane_q >> UnitBits)))
        high_o = write_lane_q + LaneBits'(FunctionUnits - 1);
    end
    if (copy_1_i) begin
      low_o  = copy_low_1_q;
      high_o = copy_high_1_q;
    end
  end

  // From one component of NORMALISE to the next, and from the last back to the first of the next word
  assign write_step = !is_normalise_i ? AddressWidth'(1)
                    : (write_component_q != 2'd2) ? AddressWidth'(beats_i) : AddressWidth'(1) - AddressWidth'(beats_i << 1);

  always_ff @(posedge clk_i) begin
    if (prepare_i) begin
      write_word_q      <= destination_i;
      write_lane_q      <= '0;
      write_beat_q      <= '0;
      write_component_q <= '0;
    end else if (write_i) begin
      if (is_function_i) write_lane_q <= write_lane_q + LaneBits'(FunctionUnits);
      if (is_normalise_i) write_component_q <= (write_component_q == 2'd2) ? 2'd0 : write_component_q + 2'd1;
      if (!is_function_i || group_tail) write_word_q <= write_word_q + write_step;
      if (is_normalise_i ? write_component_q == 2'd2 : (!is_function_i || group_tail)) write_beat_q <= write_beat_q + BeatBits'(1);
    end
  end

endmodule
